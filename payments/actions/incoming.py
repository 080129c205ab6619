"""What every way for money to come in shares: a deposit is booked or ended, once."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from accounts.models import Organization
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions.differences import found
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.models import BillingCustomer, Deposit
from payments.states import DEPOSIT_MOVES, DepositState
from payments.stripe import checkout

RECHECK = dt.timedelta(minutes=5)
UNFINISHED = (DepositState.CREATED, DepositState.OPEN)
Payment = tuple[str, int]  # a PaymentIntent and what it brought, in minor units


def customer_of(organization: Organization) -> str:
    """The client's customer at Stripe, made once; remote."""
    known = BillingCustomer.objects.filter(organization=organization).first()
    if known is not None:
        return known.stripe_customer
    made = checkout.create_customer(organization_id=organization.pk, name=organization.name)
    kept, _ = BillingCustomer.objects.get_or_create(
        organization=organization, defaults={"stripe_customer": made}
    )
    return kept.stripe_customer


def deposit_of(reference: str) -> uuid.UUID | None:
    """The deposit that an object of Stripe's names; None for an object that is not ours."""
    try:
        deposit_id = uuid.UUID(reference)
    except ValueError:
        return None
    return deposit_id if Deposit.objects.filter(pk=deposit_id).exists() else None


@transaction.atomic
def end(deposit_id: uuid.UUID, state: DepositState, *, by: Actor, failure: str = "") -> bool:
    """Fail, void or expire an unfinished deposit; one that is finished stays as it is.

    Returns whether it ended now.
    """
    row = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    if state not in DEPOSIT_MOVES.get(row.state, frozenset()):
        return False
    move(row, state, DEPOSIT_MOVES, failure=failure[:300], checkout_url="", received_minor=0)
    audit.record(f"deposit_{state}", row, by=by, reason=failure[:300])
    return True


@transaction.atomic
def book(
    deposit_id: uuid.UUID,
    payments: Sequence[Payment],
    *,
    currency: str,
    by: Actor,
    checkout_session: str | None = None,
    invoice: str | None = None,
) -> bool:
    """The money is there: prepaid funds of the client, once for each payment.

    Returns whether it was booked now. Refuses another currency. What came is booked, no more and
    no less; where it is not the deposit's amount, a difference is kept for a person.
    """
    row = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    if row.currency != currency or not payments:
        raise Refused("deposit_differs", "Stripe's payment and the deposit are not the same.")
    if row.state == DepositState.PAID:
        return False
    came = sum(amount for _, amount in payments)
    move(
        row,
        DepositState.PAID,
        DEPOSIT_MOVES,
        checkout_url="",
        payment_intent=payments[0][0],
        paid_at=Now(),
        failure="",
        received_minor=0,
        checkout_session=checkout_session or row.checkout_session,
        invoice=invoice or row.invoice,
    )
    audit.record("deposit_paid", row, by=by, payment_intent=payments[0][0], amount_minor=came)
    if came != row.amount_minor:
        found(
            kind="deposit_amount",
            subject=f"deposit:{row.pk}",
            reason="What came is not what was asked for; what came is booked.",
            currency=currency,
            ours_minor=row.amount_minor,
            theirs_minor=came,
            by=by,
        )
    post([_posting(row, payment) for payment in payments], by=by)
    return True


def _posting(row: Deposit, payment: Payment) -> Posting:
    intent, amount = payment
    legs = [
        ("clearing_charge", PLATFORM, -amount),
        ("client_prepaid", owner("org", row.organization_id), amount),
    ]
    return Posting(f"fund:{intent}", "fund", legs, row.currency, {"deposit": str(row.pk)})
