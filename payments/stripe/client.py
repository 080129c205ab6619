"""The one way out to Stripe: which client, what is allowed, and what a failure means."""

import functools
from collections.abc import Callable
from typing import TypeVar

import stripe
from django.conf import settings
from django.db import connection

from marketplace.core import egress
from payments.stripe.gateway import (
    StripeFault,
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
)

Answer = TypeVar("Answer")

# Telemetry would write ~/.config/stripe/telemetry_id and send it with facts about this machine.
stripe.enable_telemetry = False

TIMEOUT = (3, 20)  # seconds to connect, and to wait for an answer; the SDK's own default is 80
NOT_NOW = frozenset({401, 403, 409, 429})
SERVER_ERROR = 500


@functools.lru_cache(maxsize=8)
def _client(key: str, base: str) -> stripe.StripeClient:
    """Retries are the outbox's business: the SDK's own would hide what happened."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def call(request: Callable[[stripe.StripeClient], Answer]) -> Answer:
    """Run one request. Every call to Stripe passes here.

    Refuses to run inside a database transaction, whose locks would wait for the network and whose
    rollback could not undo the call. Raises a `StripeFault`, never an error of the SDK.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Stripe is never called inside a transaction.")
    egress.check(settings.STRIPE_API_BASE)
    client = _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
    try:
        return request(client)
    except stripe.StripeError as error:
        raise classify(error) from error


def classify(error: stripe.StripeError) -> StripeFault:
    """What a failure says about the request; by HTTP status, since a 409 is no IdempotencyError."""
    status = error.http_status or 0
    code = error.code or _code(error) or type(error).__name__
    message = str(error.user_message or error)[:500]
    kind: type[StripeFault] = StripeRejected
    if status in NOT_NOW:
        kind = StripeNotNow
    elif status == 0 or status >= SERVER_ERROR or _unreadable(error):
        kind = StripeUnanswered
    elif isinstance(error, stripe.IdempotencyError):
        kind = StripeKeyMisused
    return kind(str(code), message, status)


def _code(error: stripe.StripeError) -> str:
    """The code that the SDK leaves in the body (of rate limits)."""
    body = error.json_body
    part = body.get("error") if isinstance(body, dict) else None
    return str(part.get("code") or part.get("type") or "") if isinstance(part, dict) else ""


def _unreadable(error: stripe.StripeError) -> bool:
    """An answer that is not Stripe's JSON, whatever its status: a proxy spoke."""
    return not isinstance(error.json_body, dict)
