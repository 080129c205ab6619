"""Money by bank transfer: an invoice, what came of it so far, and what was sent too much.

A transfer lands in the client's cash balance at Stripe, which is not part of our balance. Stripe
takes it from there once it covers an open invoice whole; only then it is ours and is booked. What
stays in the cash balance while no invoice of ours is open is paid over by a deposit of its own, so
that nothing is lost and our books equal Stripe's balance to the cent.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import lock, move
from payments.actions import incoming
from payments.actions.differences import found
from payments.currencies import CURRENCIES, MAXIMUM_CHARGE_MINOR
from payments.models import BillingCustomer, Deposit
from payments.selectors import payers
from payments.states import DEPOSIT_MOVES, DepositMethod, DepositState
from payments.stripe import invoices
from payments.stripe.gateway import StripeFault
from payments.stripe.money_in import Invoice

log = structlog.get_logger(__name__)

TEXT = "Prepaid project funds"
LATELY = dt.timedelta(days=100)
ENDS = {"void": DepositState.VOID, "uncollectible": DepositState.UNCOLLECTIBLE}


def open_invoice(row: Deposit, *, by: Actor) -> None:
    """Bill a new deposit; remote. Money that waits at Stripe already may pay it at once."""
    payer = payers.of(row.organization)
    customer = incoming.customer_of(row.organization)
    invoices.name_payer(customer=customer, name=payer.name, email=payer.email)
    made = invoices.open_invoice(
        deposit_id=row.pk,
        customer=customer,
        currency=row.currency,
        amount_minor=row.amount_minor,
        text=TEXT,
        purchase_order=payer.purchase_order,
        eu_country=settings.STRIPE_EU_BANK_COUNTRY,
    )
    with transaction.atomic():
        row = lock(row)
        if row.state == DepositState.CREATED:
            move(
                row,
                DepositState.OPEN,
                DEPOSIT_MOVES,
                invoice=made.id,
                invoice_number=made.number,
                checkout_url=made.url,
                due_at=made.due_at,
                next_check_at=clock.after(incoming.RECHECK),
            )
    settle(made.id, by=by)


def settle(invoice_id: str, *, by: Actor) -> None:
    """Read an invoice at Stripe and book what it says; remote, safe to repeat, in any order."""
    bill = invoices.read_invoice(invoice_id)
    deposit_id = incoming.deposit_of(bill.deposit_id)
    if deposit_id is None:
        log.warning("invoice_unknown", invoice=bill.id)
        return
    _number(deposit_id, bill, by=by)
    if bill.status == "paid" and bill.paid:
        incoming.book(deposit_id, bill.paid, currency=bill.currency, by=by, invoice=bill.id)
    elif bill.status == "paid":
        _by_hand(deposit_id, bill, by=by)
    elif bill.status in ENDS:
        incoming.end(deposit_id, ENDS[bill.status], by=by)
    collect(bill.customer, by=by)


def read_numbers(*, by: Actor, limit: int = 100) -> int:
    """Read invoices whose printed number we do not have yet, as those of earlier deposits; remote.

    Returns how many were read.
    """
    rows = Deposit.objects.filter(invoice__isnull=False, invoice_number="").order_by("?")
    names = [name for name in rows.values_list("invoice", flat=True)[:limit] if name]
    return _each(names, settle, by=by)


def _each(names: Sequence[str], read: Callable[..., None], *, by: Actor) -> int:
    """Read each at Stripe; one that it does not answer for leaves the others. Returns how many."""
    for name in names:
        try:
            read(name, by=by)
        except StripeFault as fault:
            log.warning("not_read_at_stripe", name=name, error=str(fault))
    return len(names)


@transaction.atomic
def _number(deposit_id: uuid.UUID, bill: Invoice, *, by: Actor) -> None:
    row = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    if bill.number and bill.number != row.invoice_number:
        row.invoice_number = bill.number
        row.save(update_fields=["invoice_number"])
        audit.record("numbered_invoice", row, by=by, invoice=bill.id, number=bill.number)


def _by_hand(deposit_id: uuid.UUID, bill: Invoice, *, by: Actor) -> None:
    """Marked as paid outside Stripe: no money of it is in our balance, so nothing is booked."""
    found(
        kind="deposit_by_hand",
        subject=f"deposit:{deposit_id}",
        reason=f"Invoice {bill.id} was marked as paid by hand: Stripe holds no money of it.",
        currency=bill.currency,
        ours_minor=0,
        theirs_minor=bill.amount_minor,
        by=by,
    )


def collect(customer: str, *, by: Actor) -> None:
    """Look into a client's cash balance; remote, safe to repeat.

    While invoices are open it is shown as what came of them, the oldest first. Otherwise it is
    paid over to the client's prepaid money, if it is not too little for a payment at Stripe: less
    stays there and goes to the next invoice.
    """
    known = BillingCustomer.objects.filter(stripe_customer=customer).first()
    if known is None:
        log.warning("customer_unknown", customer=customer)
        return
    cash = invoices.read_cash(customer)
    for currency in CURRENCIES:
        _share(known.organization_id, currency, cash.get(currency, 0), by=by)


def collect_all(*, by: Actor, limit: int = 200) -> int:
    """Look into the cash balance of each client that was billed lately; remote.

    Should an event be lost: money that came after its invoice was paid. Returns how many.
    """
    lately = Deposit.objects.filter(
        method=DepositMethod.BANK_TRANSFER, created_at__gte=clock.after(-LATELY)
    )
    rows = BillingCustomer.objects.filter(organization__in=lately.values("organization"))
    names = list(rows.order_by("?").values_list("stripe_customer", flat=True)[:limit])
    return _each(names, collect, by=by)


@transaction.atomic
def _share(organization_id: uuid.UUID, currency: str, cash_minor: int, *, by: Actor) -> None:
    waiting = list(
        Deposit.objects.select_for_update(no_key=True)
        .filter(
            organization_id=organization_id,
            currency=currency,
            method=DepositMethod.BANK_TRANSFER,
            state__in=incoming.UNFINISHED,
        )
        .order_by("id")
    )
    left = cash_minor
    for row in waiting:
        part = min(left, row.amount_minor)
        left -= part
        if part != row.received_minor:
            row.received_minor = part
            row.save(update_fields=["received_minor"])
            audit.record("deposit_received", row, by=by, received_minor=part)
    if not waiting and cash_minor >= CURRENCIES[currency].minimum_charge_minor:
        _take_over(organization_id, currency, min(cash_minor, MAXIMUM_CHARGE_MINOR), by=by)


def _take_over(organization_id: uuid.UUID, currency: str, amount_minor: int, *, by: Actor) -> None:
    """A deposit of what was sent too much; one at once for each client and currency."""
    try:
        with transaction.atomic():
            row = Deposit.objects.create(
                organization_id=organization_id,
                currency=currency,
                amount_minor=amount_minor,
                method=DepositMethod.CASH_BALANCE,
                next_check_at=clock.after(incoming.RECHECK),
            )
    except IntegrityError:  # it is on its way already
        return
    audit.record("took_over_rest", row, by=by, amount_minor=amount_minor, currency=currency)
    outbox.enqueue("payments.charge_deposit", deposit_id=str(row.pk))
