"""Promises: the row is the job, a Celery message is only a wake-up.

`enqueue` writes a row in the caller's transaction. When that commits, a nudge goes out from a
thread of its own, so a slow or half-open broker never delays a request. `sweep_outbox` finds what
the nudges missed. Measured reasons: kill -9 of a worker loses messages even with `acks_late`; a
broker without persistence loses all.
"""

import datetime as dt
import json
import os
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import Now, after
from marketplace.core.models import OutboxMessage
from marketplace.core.nudger import Nudger
from marketplace.core.registry import JOBS

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
LEASE = dt.timedelta(seconds=90)  # longer than the hard time limit of a job (60 s)
RENUDGE = dt.timedelta(seconds=15)
BATCH = 200
MOST_NUDGES = 10  # of promises made at once: a message costs more than the row
_MANY = """
INSERT INTO core_outboxmessage (job, args, state, attempts, request_id, last_error)
SELECT %s, args, 'pending', 0, %s, ''
  FROM unnest(%s::jsonb[]) WITH ORDINALITY AS promise (args, place) ORDER BY place
RETURNING id
"""
_TAKE = """
UPDATE core_outboxmessage
   SET attempts = CASE WHEN attempts < %(most)s THEN attempts + 1 ELSE attempts END,
       due_at = CASE WHEN attempts < %(most)s THEN core_now() + %(lease)s ELSE due_at END,
       state = CASE WHEN attempts < %(most)s THEN state ELSE 'dead' END
 WHERE id = (SELECT id FROM core_outboxmessage
              WHERE id = %(id)s AND state = 'pending' AND due_at <= core_now()
                FOR NO KEY UPDATE SKIP LOCKED)
RETURNING *
"""


def enqueue(job: str, *, delay: dt.timedelta | None = None, **args: Any) -> None:
    """Promise that the job `app.verb` will run with `args` (ids and small words), after `delay`.

    Refuses to run outside a transaction: the promise commits with what made it necessary.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A job is promised in the transaction that makes it necessary.")
    if job not in JOBS:
        raise LookupError(f"No job is called {job}.")
    columns: dict[str, Any] = {"due_at": after(delay)} if delay else {}
    row = OutboxMessage.objects.create(job=job, args=args, request_id=audit.request_id(), **columns)
    if delay is None:
        name, pk = job, row.pk
        transaction.on_commit(lambda: _nudger.offer(name, pk), robust=True)


def enqueue_many(job: str, args: Sequence[dict[str, Any]]) -> None:
    """Promise that `job` will run once with each of `args`, in one statement; as `enqueue`
    otherwise.

    More than ten are not nudged: the sweep wakes them at the pace at which it finds them.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A job is promised in the transaction that makes it necessary.")
    if job not in JOBS:
        raise LookupError(f"No job is called {job}.")
    if not args:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MANY, [job, audit.request_id(), [json.dumps(one) for one in args]])
        ids = [pk for (pk,) in cursor.fetchall()]
    for pk in ids if len(ids) <= MOST_NUDGES else ():
        transaction.on_commit(partial(_nudger.offer, job, pk), robust=True)


def emit(event: str, **args: Any) -> None:
    """Tell upper rooms that something happened: `marketplace/subscriptions.py` maps it to jobs.

    An event is named after the app that emits it (`accounts.annotator_changed`). Refuses unknown
    events with LookupError.
    """
    subscriptions: dict[str, tuple[str, ...]] = import_string(settings.SUBSCRIPTIONS)
    for job in subscriptions[event]:
        enqueue(job, **args)


def take(pk: int) -> OutboxMessage | None:
    """Claim one due row for a run, committing the attempt before the work.

    None if the row is gone, taken, not due, or given up: a job whose eight workers all died
    without a word is dead too.
    """
    values = {"id": pk, "most": MAX_ATTEMPTS, "lease": LEASE}
    row = next(iter(OutboxMessage.objects.raw(_TAKE, values)), None)
    if row is not None and row.state == OutboxMessage.State.DEAD:
        log.error("job_dead", job=row.job, message=pk)
        return None
    return row


def run(row: OutboxMessage) -> None:
    """Do a taken row's job; its logs and audit entries carry the id of the promising request."""
    with structlog.contextvars.bound_contextvars(
        request_id=row.request_id, job=row.job, message=row.pk
    ):
        try:
            _do(row)
        except Exception as error:  # any fault is kept on the row, which is tried again
            log.exception("job_failed", attempt=row.attempts)
            _put_back(row, error)


def _do(row: OutboxMessage) -> None:
    """The row goes in the job's own transaction, or after a remote job has ended."""
    job = JOBS[row.job]
    if job.remote:
        job.run(**row.args)
        OutboxMessage.objects.filter(pk=row.pk).delete()
        return
    with transaction.atomic():
        if _struck_off(row):
            job.run(**row.args)


def _struck_off(row: OutboxMessage) -> bool:
    """Nobody took the row after us, and now it is gone: others find it locked until we are done,
    and it is back if the job fails.
    """
    count, _of_which = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts).delete()
    return count > 0


def _put_back(row: OutboxMessage, error: Exception) -> None:
    """Exponential backoff with jitter, 1 s to about 4 minutes; dead after the eighth attempt."""
    wait = random.uniform(1, 2 ** min(row.attempts, 8))  # noqa: S311 - jitter, not a secret
    dead = row.attempts >= MAX_ATTEMPTS
    OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts).update(
        state=OutboxMessage.State.DEAD if dead else OutboxMessage.State.PENDING,
        due_at=after(dt.timedelta(seconds=wait)),
        nudged_at=None,
        last_error=f"{type(error).__name__}: {error}".replace("\x00", "")[:2000],
    )


def due() -> list[tuple[int, str]]:
    """Up to 200 due rows that were not nudged lately, now marked as nudged: (id, job)."""
    with transaction.atomic():
        quiet = Q(nudged_at__isnull=True) | Q(nudged_at__lte=after(-RENUDGE))
        rows = list(
            OutboxMessage.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(quiet, state=OutboxMessage.State.PENDING, due_at__lte=Now())
            .order_by("due_at", "id")
            .values_list("pk", "job")[:BATCH]
        )
        OutboxMessage.objects.filter(pk__in=[pk for pk, _ in rows]).update(nudged_at=Now())
    return rows


def revive(pk: int, *, by: Actor) -> int:
    """Give a dead row eight new attempts; returns how many rows that was (0 or 1)."""
    with transaction.atomic():
        count = OutboxMessage.objects.filter(pk=pk, state=OutboxMessage.State.DEAD).update(
            state=OutboxMessage.State.PENDING, attempts=0, due_at=Now(), nudged_at=None
        )
        if count:
            audit.record("revived_job", f"outboxmessage:{pk}", by=by)
    return count


def promise_again(job: str, args: Sequence[dict[str, Any]], *, by: Actor) -> int:
    """What `job` should have done long ago with each of `args`: its dead rows get eight new
    attempts, what has no row is promised, and what is pending is on its way. Returns how many rows
    were revived or made. Doing it twice does no more.
    """
    with transaction.atomic():
        kept = list(
            OutboxMessage.objects.filter(job=job, args__in=list(args)).values_list(
                "pk", "state", "args"
            )
        )
        dead = [pk for pk, state, _ in kept if state == OutboxMessage.State.DEAD]
        known = [one for _, _, one in kept]
        missing = [one for one in args if one not in known]
        enqueue_many(job, missing)
        return sum(revive(pk, by=by) for pk in dead) + len(missing)


def publish(job: str, pk: int) -> None:
    """Send the wake-up for one row; it expires, since the row stays."""
    queue = JOBS[job].queue if job in JOBS else "slow"
    current_app.send_task("core.run_job", args=[pk], queue=queue, expires=60, retry=False)


_nudger = Nudger(publish)
os.register_at_fork(after_in_child=_nudger.reset)
