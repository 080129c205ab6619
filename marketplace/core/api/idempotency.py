"""Idempotency-Key: an unsafe request that is sent again gets the first one's reply, and is not done
again.

The key belongs to the actor and is kept for 30 days. The reply is stored in the transaction of the
request's own writes, so both are there or neither. A refusal (4xx) takes its writes back but is
stored; a fault (5xx) is not stored. While the first request runs, a transaction-level advisory lock
answers the second with 409: it ends with the transaction, so a crash leaves nothing in flight.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.faults import BadQuery
from marketplace.core.clock import after
from marketplace.core.errors import Refused
from marketplace.core.models import IdempotencyKey

UNSAFE = frozenset({"POST", "PATCH", "DELETE"})
KEPT = dt.timedelta(days=30)
LONGEST_KEY = 255


def key_of(request: Request) -> str | None:
    """The request's key, or None where there is none; refuses an empty, long or unprintable one
    with 400.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in UNSAFE:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadQuery("An Idempotency-Key is 1 to 255 printable ASCII characters.")
    return key


def fingerprint(request: Request, body: str) -> str:
    """SHA-256 over what makes a request another one: method, path and query, content type, body."""
    parts = (request.method, request.get_full_path(), request.content_type, body)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def once(
    *,
    scope: str,
    key: str,
    mark: str,
    call: Callable[[], Response],
    refuse: Callable[[Exception], Response],
    finish: Callable[[Response], Response],
) -> HttpResponse:
    """The stored reply to `key`, or that of `call`, stored with what it wrote.

    `refuse` turns a refusal into its answer and raises what is none; `finish` makes an answer ready
    to render.
    """
    with transaction.atomic():
        _lock(scope, key)
        stored = IdempotencyKey.objects.filter(
            scope=scope, key=key, created_at__gt=after(-KEPT)
        ).first()
        if stored is not None:
            return _replay(stored, mark)
        response = _attempt(call, refuse)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            transaction.set_rollback(True)
        else:
            _store(scope, key, mark, finish(response).render())
        return response


def _attempt(call: Callable[[], Response], refuse: Callable[[Exception], Response]) -> Response:
    """The answer; the writes of a refused request are taken back to the savepoint."""
    try:
        with transaction.atomic():
            response = call()
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                transaction.set_rollback(True)
            return response
    except Exception as error:  # noqa: BLE001 - what is no refusal is raised again
        return refuse(error)


def _lock(scope: str, key: str) -> None:
    digest = hashlib.sha256(f"{scope}\n{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (free,) = cursor.fetchone()
    if not free:
        raise Refused(
            "in_flight", "The first request with this Idempotency-Key is under way.", retry_after=1
        )


def _replay(stored: IdempotencyKey, mark: str) -> HttpResponse:
    if stored.fingerprint != mark:
        raise Refused(
            "idempotency_mismatch",
            "This Idempotency-Key was used for another request. Send this one under a new key.",
            status=422,
        )
    return HttpResponse(
        bytes(stored.body),
        status=stored.status,
        content_type=stored.content_type,
        headers={"Idempotent-Replayed": "true"},
    )


def _store(scope: str, key: str, mark: str, response: Any) -> None:
    """Overwrites a key that has outlived its 30 days and that the sweep has not found yet."""
    row = IdempotencyKey(
        scope=scope,
        key=key,
        fingerprint=mark,
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=response.content,
    )
    columns = ["fingerprint", "status", "content_type", "body", "created_at"]
    IdempotencyKey.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["scope", "key"], update_fields=columns
    )


def purge(batch: int = 1000) -> int:
    """Delete up to `batch` keys older than 30 days; returns how many."""
    old = IdempotencyKey.objects.filter(created_at__lte=after(-KEPT)).values("pk")[:batch]
    return IdempotencyKey.objects.filter(pk__in=old).delete()[0]
