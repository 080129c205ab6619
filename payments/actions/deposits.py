"""A client's money coming in: a payment page at Stripe, booked once Stripe says it is paid."""

import datetime as dt
import uuid

import structlog
from django.conf import settings
from django.db import transaction

from accounts.models import Organization
from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.actions import limits
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import CURRENCIES, major
from payments.models import BillingCustomer, Deposit
from payments.states import DEPOSIT_MOVES, DepositState
from payments.stripe import checkout
from payments.stripe.gateway import Checkout, StripeFault, StripeRejected

log = structlog.get_logger(__name__)

MAXIMUM_MINOR = 99_999_999  # eight digits are Stripe's documented ceiling of one charge
UNPAID = frozenset(
    {"requires_payment_method", "canceled"}
)  # of a payment that was tried and failed
UNOPENED = dt.timedelta(minutes=15)
RECHECK = dt.timedelta(minutes=5)


@transaction.atomic
def request_deposit(
    *, organization_id: uuid.UUID, currency: str, amount_minor: int, by: Actor
) -> Deposit:
    """Ask for a payment page; a job opens it at Stripe within moments.

    Refuses (422) a currency without an account and amounts outside what Stripe charges, and
    `limit_reached` above what this member or key may pay in this month.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    _check(currency, amount_minor)
    limits.allow_deposit(
        organization_id=organization_id, currency=currency, amount_minor=amount_minor, by=by
    )
    row = Deposit.objects.create(
        organization_id=organization_id,
        currency=currency,
        amount_minor=amount_minor,
        asked_by=by.key,
        next_check_at=clock.after(UNOPENED),
    )
    row.refresh_from_db()
    audit.record("requested_deposit", row, by=by, amount_minor=amount_minor, currency=currency)
    outbox.enqueue("payments.open_deposit", deposit_id=str(row.pk))
    return row


def _check(currency: str, amount_minor: int) -> None:
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        fault = Fault("/currency", f"The currencies are {known}.")
        raise invalid("This currency is not taken.", [fault])
    least = CURRENCIES[currency].minimum_charge_minor
    if not least <= amount_minor <= MAXIMUM_MINOR:
        bounds = f"{major(least, currency)} to {major(MAXIMUM_MINOR, currency)}"
        raise invalid(
            "This amount cannot be charged.", [Fault("/amount_minor", f"It is {bounds}.")]
        )


def open_page(deposit_id: uuid.UUID, *, by: Actor) -> None:
    """Open the payment page of a new deposit; remote. A refusal of Stripe's fails the deposit."""
    row = Deposit.objects.filter(pk=deposit_id, state=DepositState.CREATED).first()
    if row is None:
        return
    here = f"{settings.SITE_URL}/client/?deposit={row.pk}"
    try:
        page = checkout.open_checkout(
            deposit_id=row.pk,
            customer=_customer(row.organization),
            currency=row.currency,
            amount_minor=row.amount_minor,
            success_url=here,
            cancel_url=here,
        )
    except StripeRejected as refusal:
        _end(row.pk, DepositState.FAILED, by=by, failure=refusal.message)
        return
    with transaction.atomic():
        row = lock(row)
        if row.state == DepositState.CREATED:
            _open(row, page)


def _open(row: Deposit, page: Checkout) -> None:
    move(
        row,
        DepositState.OPEN,
        DEPOSIT_MOVES,
        checkout_session=page.id,
        checkout_url=page.url,
        next_check_at=clock.after(RECHECK),
    )


def _customer(organization: Organization) -> str:
    """The client's customer at Stripe, made once; remote."""
    known = BillingCustomer.objects.filter(organization=organization).first()
    if known is not None:
        return known.stripe_customer
    made = checkout.create_customer(organization_id=organization.pk, name=organization.name)
    kept, _ = BillingCustomer.objects.get_or_create(
        organization=organization, defaults={"stripe_customer": made}
    )
    return kept.stripe_customer


def _end(deposit_id: uuid.UUID, state: DepositState, *, by: Actor, failure: str = "") -> None:
    """Fail or expire an unfinished deposit; one that is finished stays as it is."""
    with transaction.atomic():
        row = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        if state in DEPOSIT_MOVES.get(row.state, frozenset()):
            move(row, state, DEPOSIT_MOVES, failure=failure[:300], checkout_url="")
            audit.record(f"deposit_{state}", row, by=by, reason=failure[:300])


def settle(session_id: str, *, by: Actor) -> None:
    """Read a payment page at Stripe and book what it says; remote, safe to repeat.

    An event is only a hint: order and number of events do not matter, since the page is read anew.
    """
    page = checkout.read_checkout(session_id)
    deposit_id = _deposit_of(page)
    if deposit_id is None:
        log.warning("deposit_unknown", session=page.id)
    elif page.payment_status == "paid":
        _book(deposit_id, page, by=by)
    elif page.status == "expired":
        _end(deposit_id, DepositState.EXPIRED, by=by)
    elif page.status == "complete" and page.intent_status in UNPAID:
        _end(deposit_id, DepositState.FAILED, by=by, failure="The payment did not succeed.")


def _deposit_of(page: Checkout) -> uuid.UUID | None:
    """The deposit that a page belongs to; None for a page that is not ours."""
    try:
        deposit_id = uuid.UUID(page.deposit_id)
    except ValueError:
        return None
    return deposit_id if Deposit.objects.filter(pk=deposit_id).exists() else None


@transaction.atomic
def _book(deposit_id: uuid.UUID, page: Checkout, *, by: Actor) -> None:
    """The money is there: prepaid funds of the client, once for each payment.

    Refuses a page whose amount, currency or number is not the deposit's.
    """
    row = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    same = (row.amount_minor, row.currency) == (page.amount_minor, page.currency)
    if not same or row.checkout_session not in (None, page.id) or not page.payment_intent:
        raise Refused("deposit_differs", "Stripe's page and the deposit are not the same.")
    if row.state == DepositState.PAID:
        return
    move(
        row,
        DepositState.PAID,
        DEPOSIT_MOVES,
        checkout_session=page.id,
        checkout_url="",
        payment_intent=page.payment_intent,
        paid_at=Now(),
        failure="",
    )
    audit.record("deposit_paid", row, by=by, payment_intent=page.payment_intent)
    legs = [
        ("clearing_charge", PLATFORM, -row.amount_minor),
        ("client_prepaid", owner("org", row.organization_id), row.amount_minor),
    ]
    data = {"deposit": str(row.pk)}
    post([Posting(f"fund:{page.payment_intent}", "fund", legs, row.currency, data)], by=by)


def recheck(*, by: Actor, limit: int = 20) -> int:
    """Read again the unfinished deposits whose turn it is, should a webhook be lost; remote.

    The older a deposit, the rarer: after a fifth of its age. Returns how many were read.
    """
    due = _take_due(limit)
    for row in due:
        try:
            if row.state == DepositState.CREATED:
                open_page(row.pk, by=by)
            elif row.checkout_session:
                settle(row.checkout_session, by=by)
        except (StripeFault, Refused) as fault:  # the others are read all the same
            log.warning("deposit_not_read", deposit=str(row.pk), error=str(fault))
    return len(due)


@transaction.atomic
def _take_due(limit: int) -> list[Deposit]:
    """Unfinished deposits that are due, with their next turn set before the work."""
    rows = list(
        Deposit.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state__in=[DepositState.CREATED, DepositState.OPEN], next_check_at__lte=Now())
        .order_by("next_check_at")[:limit]
    )
    now = clock.now()
    for row in rows:
        row.next_check_at = now + max(RECHECK, (now - row.created_at) / 5)
        row.save(update_fields=["next_check_at"])
    return rows
