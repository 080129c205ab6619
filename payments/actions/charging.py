"""Payments that we begin ourselves, each exactly once although calls are cut and workers die.

The try is committed before the call, and one key is used for each deposit, never a second: so it
can be paid once at most. Stripe forgets keys after a day: the payment of a deposit that was tried
is looked for before each further try, and one that is not found after 20 hours was not made. (A 500
is repeated by its key all day: then the look finds the payment, or there is none.)
"""

import datetime as dt
import uuid

import structlog
from django.db import transaction

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import incoming, topups
from payments.actions.differences import found
from payments.models import Deposit
from payments.states import DepositMethod, DepositState
from payments.stripe import intents
from payments.stripe.gateway import StripeKeyMisused, StripeRejected
from payments.stripe.money_in import Intent

log = structlog.get_logger(__name__)

KEY_AGE = dt.timedelta(hours=20)  # of the 24 for which Stripe keeps a key
SLACK = dt.timedelta(hours=1)  # between our clock and Stripe's
GONE = "The payment was not made: Stripe could not be reached for a day."
STUCK = "The payment was not made."
DEAD = frozenset({"requires_payment_method", "canceled"})


def charge(deposit_id: uuid.UUID, *, by: Actor) -> None:
    """One try of one deposit; remote, safe to repeat at any time and at once."""
    row, again = _take(deposit_id)
    if row is None:
        return
    customer = incoming.customer_of(row.organization)
    if again:
        since = (row.first_tried_at or row.created_at) - SLACK
        made = intents.find(customer=customer, deposit_id=row.pk, since=since)
        if made is not None:
            _apply(made, by=by)
            return
        if clock.now() - (row.first_tried_at or row.created_at) > KEY_AGE:
            _failed(row.pk, GONE, by=by)
            return
    _pay(row, customer, by=by)


def _pay(row: Deposit, customer: str, *, by: Actor) -> None:
    try:
        made = intents.pay(
            deposit_id=row.pk,
            customer=customer,
            currency=row.currency,
            amount_minor=row.amount_minor,
            card=row.card,
        )
    except StripeRejected as refusal:
        _failed(row.pk, refusal.message, by=by)
    except StripeKeyMisused as fault:
        found(
            kind="deposit_key",
            subject=f"deposit:{row.pk}",
            reason=str(fault),
            currency=row.currency,
            by=by,
        )
    else:
        _apply(made, by=by)


@transaction.atomic
def _take(deposit_id: uuid.UUID) -> tuple[Deposit | None, bool]:
    """The deposit, its try committed before the call; and whether an earlier one was made."""
    row = (
        Deposit.objects.select_for_update(no_key=True)
        .filter(
            pk=deposit_id,
            state=DepositState.CREATED,
            method__in=[DepositMethod.TOP_UP, DepositMethod.CASH_BALANCE],
        )
        .first()
    )
    if row is None:
        return None, False
    again = row.first_tried_at is not None
    row.first_tried_at = row.first_tried_at or clock.now()
    row.next_check_at = clock.now() + incoming.RECHECK
    row.save(update_fields=["first_tried_at", "next_check_at"])
    return row, again


def settle(intent_id: str, *, by: Actor) -> None:
    """Read a payment at Stripe and book what it says; remote, safe to repeat, in any order.

    Payments of Checkout pages and invoices are settled by those.
    """
    _apply(intents.read(intent_id), by=by)


def _apply(intent: Intent, *, by: Actor) -> None:
    deposit_id = incoming.deposit_of(intent.deposit_id)
    row = Deposit.objects.filter(pk=deposit_id).first() if deposit_id else None
    if row is None or row.method not in (DepositMethod.TOP_UP, DepositMethod.CASH_BALANCE):
        return
    if intent.status == "requires_action" and row.state == DepositState.CREATED:
        intent = intents.cancel(intent.id)  # the cash balance went elsewhere meanwhile
    if intent.status == "succeeded":
        payment = (intent.id, intent.amount_minor)
        if incoming.book(row.pk, [payment], currency=intent.currency, by=by):
            topups.succeeded(row.pk)
    elif intent.status in DEAD:
        _failed(row.pk, intent.failure or STUCK, by=by)


@transaction.atomic
def _failed(deposit_id: uuid.UUID, reason: str, *, by: Actor) -> None:
    if incoming.end(deposit_id, DepositState.FAILED, by=by, failure=reason):
        topups.failed(deposit_id, reason, by=by)
