"""What Stripe tells us: stored first, as it came; applied by a job that reads the object anew.

An event is a hint, not a fact to book: it may come twice, late, or out of order.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction

from marketplace.core import clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.actions import (
    bank_payouts,
    charging,
    comings_back,
    deposits,
    details,
    disputes,
    invoicing,
    onboarding,
    payouts,
    refund_sending,
)
from payments.models import ConnectedAccount, StripeEvent
from payments.states import EVENT_MOVES, EventState
from payments.stripe.gateway import StripeFault

log = structlog.get_logger(__name__)

GIVEN_UP = dt.timedelta(minutes=20)  # eight attempts of a job are over by then
OF_CUSTOMER = ("cash_balance", "customer_cash_balance_transaction")
TOO_OLD = dt.timedelta(days=3)
# event type -> what is done with the id of the object that it names
HANDLERS: dict[str, Callable[..., None]] = {
    "checkout.session.completed": deposits.settle,
    "checkout.session.async_payment_succeeded": deposits.settle,
    "checkout.session.async_payment_failed": deposits.settle,
    "checkout.session.expired": deposits.settle,
    "charge.refunded": refund_sending.recognise_charge,
    "refund.created": refund_sending.recognise,
    "refund.updated": refund_sending.recognise,
    "refund.failed": refund_sending.recognise,
    "invoice.paid": invoicing.settle,
    "invoice.payment_failed": invoicing.settle,
    "invoice.voided": invoicing.settle,
    "invoice.marked_uncollectible": invoicing.settle,
    "invoice.overdue": invoicing.settle,
    "payment_intent.succeeded": charging.settle,
    "payment_intent.payment_failed": charging.settle,
    "payment_intent.partially_funded": charging.settle,
    "payment_intent.processing": charging.settle,
    "payment_intent.canceled": charging.settle,
    "customer_cash_balance_transaction.created": invoicing.collect,
    "cash_balance.funds_available": invoicing.collect,
    "charge.dispute.created": disputes.settle,
    "charge.dispute.updated": disputes.settle,
    "charge.dispute.closed": disputes.settle,
    "charge.dispute.funds_withdrawn": disputes.settle,
    "charge.dispute.funds_reinstated": disputes.settle,
    "transfer.created": payouts.recognise,
    "transfer.reversed": comings_back.recognise,
    "v2.core.account[configuration.recipient].capability_status_updated": onboarding.refresh,
    "v2.core.account[requirements].updated": onboarding.refresh,
    "v2.core.account.closed": onboarding.refresh,
    "v2.core.account_link.returned": onboarding.refresh,
}
# What happens inside an annotator's account: done with the object's id and the account's.
CONNECTED: dict[str, Callable[..., None]] = {
    "account.application.deauthorized": lambda _, account, *, by: onboarding.left(account, by=by),
    "account.external_account.created": lambda _, account, *, by: details.note(account, by=by),
    "account.external_account.updated": lambda _, account, *, by: details.note(account, by=by),
    "account.external_account.deleted": lambda _, account, *, by: details.note(account, by=by),
    "payout.created": bank_payouts.follow,
    "payout.updated": bank_payouts.follow,
    "payout.paid": bank_payouts.follow,
    "payout.failed": bank_payouts.follow,
    "payout.canceled": bank_payouts.follow,
}


@transaction.atomic
def take_in(event: dict[str, Any], *, livemode: bool) -> bool:
    """Store a verified event and promise its job; False for one that is known already.

    A type without a handler is stored as ignored, and so is what happened inside an account that is
    none of our annotators', or that does not concern us there: its objects are not ours to read.
    """
    kind = _text(event.get("type"), 120)
    account = _text(event.get("account"), 64)
    wanted = _ours(kind, account) if event.get("account") else kind in HANDLERS
    row, new = StripeEvent.objects.get_or_create(
        id=_text(event["id"], 64),
        defaults={
            "type": kind,
            "account": account or _text(event.get("context"), 64),
            "object_id": _object_of(event),
            "livemode": livemode,
            "payload": _storable(event),
            "state": EventState.RECEIVED if wanted else EventState.IGNORED,
        },
    )
    if new and wanted:
        outbox.enqueue("payments.apply_event", event_id=row.pk)
    return new


def apply(event_id: str, *, by: Actor) -> None:
    """Do what a stored event asks for, once; remote. It stays `received` until its work is done."""
    row = StripeEvent.objects.filter(pk=event_id, state=EventState.RECEIVED).first()
    if row is None:
        return
    where = (row.account,) if row.type in CONNECTED else ()
    handler = CONNECTED.get(row.type) or HANDLERS.get(row.type)
    if handler is not None and row.object_id:
        handler(row.object_id, *where, by=by)
    _close(row, EventState.APPLIED if handler and row.object_id else EventState.IGNORED)


def _ours(kind: str, account: str) -> bool:
    """Whether this happened in an account of one of our annotators, and concerns us."""
    return kind in CONNECTED and ConnectedAccount.objects.filter(stripe_account=account).exists()


def sweep(*, by: Actor, limit: int = 20) -> int:
    """Apply events that still wait although their job was given up: Stripe was long away, say.

    Those of the last three days; older ones are a person's. Returns how many were applied.
    """
    waiting = StripeEvent.objects.filter(
        state=EventState.RECEIVED,
        received_at__lte=clock.after(-GIVEN_UP),
        received_at__gte=clock.after(-TOO_OLD),
    )
    done = 0
    for event_id in waiting.order_by("?").values_list("pk", flat=True)[:limit]:
        try:
            apply(event_id, by=by)
            done += 1
        except (StripeFault, Refused) as fault:
            log.warning("event_still_waits", event_id=event_id, error=str(fault))
    return done


@transaction.atomic
def _close(row: StripeEvent, state: EventState) -> None:
    row = lock(row)
    if row.state == EventState.RECEIVED:
        move(row, state, EVENT_MOVES, applied_at=Now())


def _object_of(event: dict[str, Any]) -> str:
    """The id of the object: inside a snapshot, beside a thin event. Of a cash balance and its
    movements that of the customer, by whom alone they can be read.
    """
    data = event.get("data")
    inside = data.get("object") if isinstance(data, dict) else None
    if isinstance(inside, dict) and inside.get("object") in OF_CUSTOMER:
        return _text(inside.get("customer"), 120)
    for shown in (event.get("related_object"), inside):
        if isinstance(shown, dict):
            return _text(shown.get("id"), 120)
    return ""


def _text(value: object, length: int) -> str:
    return _clean(value)[:length] if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _storable(value: Any) -> Any:
    """The payload, with every text cleaned."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {_clean(name): _storable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return value
