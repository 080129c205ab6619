"""Whether a webhook is Stripe's: signature over the raw body, and a time that is about now."""

import json
import time
from collections.abc import Sequence
from typing import Any

import stripe

TOLERANCE = 300  # seconds; the SDK checks only that a signature is not older


class Forged(Exception):
    """Not signed by Stripe, too old, from the future, or no event at all."""


def verify(body: bytes, header: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The event in a webhook's raw body, if any of our secrets signed it within five minutes.

    Raises `Forged` otherwise. The time is the machine's own: Stripe signs with the real one.
    """
    if not any(_signed(body, header, secret) for secret in secrets):
        raise Forged(
            "No secret of ours signed this within the last five minutes. Compare the endpoint's "
            "signing secret with STRIPE_WEBHOOK_SECRETS or STRIPE_THIN_WEBHOOK_SECRETS."
        )
    if _time_of(header) > time.time() + TOLERANCE:
        raise Forged("The signature is from the future. Set this machine's clock right.")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Forged("The body is not JSON.") from error
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        raise Forged("The body is no event.")
    return event


def _signed(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _time_of(header: str) -> int:
    """The signed time; the signature has been checked, so that the header is well formed."""
    first = next(part for part in header.split(",") if part.split("=")[0] == "t")
    return int(first.split("=")[1])
