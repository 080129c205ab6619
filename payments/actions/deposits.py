"""A client asks to pay money in, by card or by bank transfer, and what became of it.

Booked only once Stripe says that the money is there: see incoming.py; invoices in invoicing.py,
payments that we begin ourselves in charging.py.
"""

import datetime as dt
import uuid

import structlog
from django.conf import settings
from django.db import transaction

from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.actions import cards, charging, incoming, invoicing, limits
from payments.actions.amounts import check_amount, check_bank_transfer, check_currency
from payments.models import Deposit
from payments.states import DEPOSIT_MOVES, DepositMethod, DepositState
from payments.stripe import checkout
from payments.stripe.gateway import Checkout, StripeFault, StripeRejected

log = structlog.get_logger(__name__)

ASKED = (DepositMethod.CARD, DepositMethod.BANK_TRANSFER)  # the others we begin ourselves
UNPAID = frozenset(
    {"requires_payment_method", "canceled"}
)  # of a payment that was tried and failed
UNOPENED = dt.timedelta(minutes=15)
KEY_AGE = dt.timedelta(hours=20)  # of the 24 for which Stripe keeps a key
UNREACHED = "Stripe could not be reached for a day. Please ask again."


@transaction.atomic
def request_deposit(
    *,
    organization_id: uuid.UUID,
    currency: str,
    amount_minor: int,
    by: Actor,
    method: str = DepositMethod.CARD,
) -> Deposit:
    """Ask for a page to pay on, or for an invoice; a job opens it at Stripe within moments.

    Refuses (422) a currency without an account, a currency that the method does not take, and
    amounts outside what Stripe charges; and `limit_reached` above what this member or key may
    pay in this month.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    check_currency(currency)
    check_amount(amount_minor, currency)
    if method not in ASKED:
        fault = Fault("/method", f"The methods are {', '.join(ASKED)}.")
        raise invalid("Money cannot be paid in like this.", [fault])
    if method == DepositMethod.BANK_TRANSFER:
        check_bank_transfer(currency)
    limits.allow_deposit(
        organization_id=organization_id, currency=currency, amount_minor=amount_minor, by=by
    )
    row = Deposit.objects.create(
        organization_id=organization_id,
        currency=currency,
        amount_minor=amount_minor,
        asked_by=by.key,
        method=method,
        next_check_at=clock.after(UNOPENED),
    )
    row.refresh_from_db()
    audit.record(
        "requested_deposit",
        row,
        by=by,
        amount_minor=amount_minor,
        currency=currency,
        method=method,
    )
    outbox.enqueue("payments.open_deposit", deposit_id=str(row.pk))
    return row


def open_page(deposit_id: uuid.UUID, *, by: Actor) -> None:
    """Open the payment page or the invoice of a new deposit; remote.

    A refusal of Stripe's fails the deposit, and so does a day without Stripe: its keys would be
    forgotten, and a second invoice could be made.
    """
    row = Deposit.objects.filter(
        pk=deposit_id, state=DepositState.CREATED, method__in=ASKED
    ).first()
    if row is None:
        return
    if clock.now() - row.created_at > KEY_AGE:
        incoming.end(row.pk, DepositState.FAILED, by=by, failure=UNREACHED)
        return
    try:
        if row.method == DepositMethod.BANK_TRANSFER:
            invoicing.open_invoice(row, by=by)
        else:
            _open(row)
    except StripeRejected as refusal:
        incoming.end(row.pk, DepositState.FAILED, by=by, failure=refusal.message)


def _open(row: Deposit) -> None:
    here = f"{settings.SITE_URL}/client/money/deposits/?organization={row.organization_id}"
    page = checkout.open_checkout(
        deposit_id=row.pk,
        customer=incoming.customer_of(row.organization),
        currency=row.currency,
        amount_minor=row.amount_minor,
        success_url=here,
        cancel_url=here,
    )
    with transaction.atomic():
        row = lock(row)
        if row.state == DepositState.CREATED:
            move(
                row,
                DepositState.OPEN,
                DEPOSIT_MOVES,
                checkout_session=page.id,
                checkout_url=page.url,
                next_check_at=clock.after(incoming.RECHECK),
            )


def settle(session_id: str, *, by: Actor) -> None:
    """Read a payment page at Stripe and book what it says; remote, safe to repeat.

    An event is only a hint: order and number of events do not matter, since the page is read anew.
    A page on which a card was saved makes us read the client's cards.
    """
    page = checkout.read_checkout(session_id)
    if page.mode == "setup":
        cards.refresh(page.customer, by=by)
        return
    deposit_id = incoming.deposit_of(page.deposit_id)
    if deposit_id is None:
        log.warning("deposit_unknown", session=page.id)
    elif page.payment_status == "paid":
        _book(deposit_id, page, by=by)
    elif page.status == "expired":
        incoming.end(deposit_id, DepositState.EXPIRED, by=by)
    elif page.status == "complete" and page.intent_status in UNPAID:
        failure = "The payment did not succeed."
        incoming.end(deposit_id, DepositState.FAILED, by=by, failure=failure)


def _book(deposit_id: uuid.UUID, page: Checkout, *, by: Actor) -> None:
    """Refuses a page whose amount, currency or number is not the deposit's."""
    row = Deposit.objects.get(pk=deposit_id)
    same = (row.amount_minor, row.currency) == (page.amount_minor, page.currency)
    if not same or row.checkout_session not in (None, page.id) or not page.payment_intent:
        raise Refused("deposit_differs", "Stripe's page and the deposit are not the same.")
    payment = (page.payment_intent, page.amount_minor)
    incoming.book(deposit_id, [payment], currency=page.currency, by=by, checkout_session=page.id)


def recheck(*, by: Actor, limit: int = 20) -> int:
    """Read again the unfinished deposits whose turn it is, should a webhook be lost; remote.

    The older a deposit, the rarer: after a fifth of its age. Returns how many were read.
    """
    due = _take_due(limit)
    for row in due:
        try:
            _read_again(row, by=by)
        except (StripeFault, Refused) as fault:  # the others are read all the same
            log.warning("deposit_not_read", deposit=str(row.pk), error=str(fault))
    return len(due)


def _read_again(row: Deposit, *, by: Actor) -> None:
    if row.method not in ASKED:
        charging.charge(row.pk, by=by)
    elif row.state == DepositState.CREATED:
        open_page(row.pk, by=by)
    elif row.invoice:
        invoicing.settle(row.invoice, by=by)
    else:  # an open one has its page
        settle(row.checkout_session or "", by=by)


@transaction.atomic
def _take_due(limit: int) -> list[Deposit]:
    """Unfinished deposits that are due, with their next turn set before the work."""
    rows = list(
        Deposit.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state__in=incoming.UNFINISHED, next_check_at__lte=Now())
        .order_by("next_check_at")[:limit]
    )
    now = clock.now()
    for row in rows:
        row.next_check_at = now + max(incoming.RECHECK, (now - row.created_at) / 5)
        row.save(update_fields=["next_check_at"])
    return rows
