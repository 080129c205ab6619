"""The control API under `/_control/`: JSON in, JSON out, for the demo and for tests over HTTP.

GET  /_control/state                      totals
POST /_control/clock      {"advance_seconds": N}
POST /_control/faults     {"kind": ..., "method", "path", "times", "skip", "seconds"}
POST /_control/faults/clear
POST /_control/accounts   {"account": ..., "transfers": "active"|...}
POST /_control/payouts    {"payout": ..., "failure_code": ...}
POST /_control/topups     {"topup": ..., "failure_code": ...}
POST /_control/refunds    {"refund": ..., "reason": ...}
POST /_control/disputes   {"charge": ..., "reason", "inquiry"}
POST /_control/disputes/move  {"dispute": ..., "status": "under_review"|"won"|"lost"|...}
POST /_control/webhooks   {"mode", "copies", "order", "seed", "drop", ...}
POST /_control/webhooks/endpoints  {"url", "secret", "thin", "types"}
POST /_control/webhooks/flush
POST /_control/reset
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from payments.devstripe.constants import Json
from payments.devstripe.exchange import Reply, Request
from payments.devstripe.local import LocalStripe
from payments.devstripe.state import State

Verb = Callable[[LocalStripe, Json], Json]
OK, BAD_REQUEST, NOT_FOUND, WRONG_METHOD = 200, 400, 404, 405


def show_state(stripe: LocalStripe, body: Json) -> Json:
    """Totals."""
    exactly(body)
    return stripe.summary()


def move_clock(stripe: LocalStripe, body: Json) -> Json:
    """Move the clock forward by `advance_seconds`."""
    exactly(body, "advance_seconds", needed=("advance_seconds",))
    return {"now": stripe.advance(whole(body["advance_seconds"], "advance_seconds"))}


def add_fault(stripe: LocalStripe, body: Json) -> Json:
    """Arm one fault."""
    exactly(body, "kind", "method", "path", "times", "skip", "seconds", needed=("kind",))
    for name in ("times", "skip"):
        if name in body:
            whole(body[name], name)
    kind = str(body.pop("kind"))
    stripe.add_fault(kind, **body)
    return {"faults": stripe.state.faults.waiting()}


def clear_faults(stripe: LocalStripe, body: Json) -> Json:
    """Disarm all faults."""
    exactly(body)
    stripe.clear_faults()
    return {"faults": []}


def set_account(stripe: LocalStripe, body: Json) -> Json:
    """Flip an account's transfers capability."""
    exactly(body, "account", "transfers", needed=("account", "transfers"))
    stripe.set_transfers(str(body["account"]), str(body["transfers"]))
    return {"account": body["account"], "transfers": body["transfers"]}


def fail_payout(stripe: LocalStripe, body: Json) -> Json:
    """Send a bank payout back."""
    exactly(body, "payout", "failure_code", needed=("payout",))
    stripe.fail_payout(str(body["payout"]), str(body.get("failure_code", "could_not_process")))
    return {"payout": body["payout"], "status": "failed"}


def fail_topup(stripe: LocalStripe, body: Json) -> Json:
    """Let our bank refuse a top-up."""
    exactly(body, "topup", "failure_code", needed=("topup",))
    stripe.fail_topup(str(body["topup"]), str(body.get("failure_code", "insufficient_funds")))
    return {"topup": body["topup"], "status": "failed"}


def fail_refund(stripe: LocalStripe, body: Json) -> Json:
    """Send a refund back."""
    exactly(body, "refund", "reason", needed=("refund",))
    stripe.fail_refund(str(body["refund"]), str(body.get("reason", "declined")))
    return {"refund": body["refund"], "status": "failed"}


def open_dispute(stripe: LocalStripe, body: Json) -> Json:
    """Dispute a charge."""
    exactly(body, "charge", "reason", "inquiry", needed=("charge",))
    reason = str(body.get("reason", "fraudulent"))
    row = stripe.open_dispute(str(body["charge"]), reason, inquiry=bool(body.get("inquiry", False)))
    return {"dispute": row["id"], "status": row["status"]}


def move_dispute(stripe: LocalStripe, body: Json) -> Json:
    """Move a dispute on, or close it."""
    exactly(body, "dispute", "status", needed=("dispute", "status"))
    row = stripe.move_dispute(str(body["dispute"]), str(body["status"]))
    return {"dispute": row["id"], "status": row["status"]}


def set_webhooks(stripe: LocalStripe, body: Json) -> Json:
    """Choose how events travel."""
    if "drop" in body:
        body["drop"] = tuple(body["drop"])
    return asdict(stripe.webhooks(**body))


def add_endpoint(stripe: LocalStripe, body: Json) -> Json:
    """Send events to one more endpoint."""
    exactly(body, "url", "secret", "thin", "types", needed=("url", "secret"))
    stripe.add_webhook(
        str(body["url"]),
        str(body["secret"]),
        thin=bool(body.get("thin", False)),
        types=tuple(body.get("types", ())),
    )
    return {"endpoints": len(stripe.courier.hooks)}


def flush_webhooks(stripe: LocalStripe, body: Json) -> Json:
    """Deliver what waits, now."""
    exactly(body)
    return {"deliveries": [asdict(delivery) for delivery in stripe.flush_webhooks()]}


def reset(stripe: LocalStripe, body: Json) -> Json:
    """Forget everything but the webhook endpoints."""
    exactly(body)
    stripe.reset()
    return {"reset": True}


VERBS: Final[dict[str, tuple[str, Verb]]] = {
    "/_control/state": ("GET", show_state),
    "/_control/clock": ("POST", move_clock),
    "/_control/faults": ("POST", add_fault),
    "/_control/faults/clear": ("POST", clear_faults),
    "/_control/accounts": ("POST", set_account),
    "/_control/payouts": ("POST", fail_payout),
    "/_control/topups": ("POST", fail_topup),
    "/_control/refunds": ("POST", fail_refund),
    "/_control/disputes": ("POST", open_dispute),
    "/_control/disputes/move": ("POST", move_dispute),
    "/_control/webhooks": ("POST", set_webhooks),
    "/_control/webhooks/endpoints": ("POST", add_endpoint),
    "/_control/webhooks/flush": ("POST", flush_webhooks),
    "/_control/reset": ("POST", reset),
}


def answer(state: State, request: Request) -> Reply:
    """Do what is asked, or say in one sentence why not."""
    method, verb = VERBS.get(request.path, (None, None))
    if verb is None:
        return as_json(NOT_FOUND, {"error": f"There is no {request.path}."})
    if request.method != method:
        return as_json(WRONG_METHOD, {"error": f"Use {method}."})
    try:
        body = json.loads(request.body or b"{}")
        if not isinstance(body, dict):
            raise ValueError("The body must be a JSON object.")
        return as_json(OK, verb(LocalStripe(state), body))
    except LookupError as error:
        return as_json(NOT_FOUND, {"error": str(error.args[0])})
    except (ValueError, TypeError, RecursionError) as error:
        return as_json(BAD_REQUEST, {"error": str(error)})


def as_json(status: int, body: Json) -> Reply:
    """A JSON reply."""
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def exactly(body: Json, *allowed: str, needed: tuple[str, ...] = ()) -> None:
    """Refuse (ValueError) what the verb does not take, and the lack of what it needs."""
    for name in body:
        if name not in allowed:
            raise ValueError(f"Unknown field {name!r}; known are: {', '.join(allowed) or 'none'}.")
    for name in needed:
        if name not in body:
            raise ValueError(f"{name} is missing.")


def whole(value: Any, name: str) -> int:
    """A whole number. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number.")
    return value
