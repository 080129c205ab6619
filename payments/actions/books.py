"""Stripe's own books, copied into ours: cash and fees, and each clearing account back to zero.

What we book from an event stands in a clearing account until Stripe's balance transaction for it
appears here. An old rest there is money that one side knows of and the other does not.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Sum

from marketplace.core import audit
from marketplace.core.actors import Actor
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.currencies import CURRENCIES
from payments.models import LedgerEntry, LedgerLeg
from payments.stripe import books
from payments.stripe.gateway import Movement

log = structlog.get_logger(__name__)

ENTRY = "stripe_txn"
OVERLAP = dt.timedelta(days=3)
BATCH = 100
# Stripe's type of a balance transaction -> our account on the other side
# https://docs.stripe.com/reports/balance-transaction-types
SIDES = {
    "charge": "clearing_charge",
    "payment": "clearing_charge",
    "payment_failure_refund": "clearing_charge",
    "refund": "clearing_refund",
    "payment_refund": "clearing_refund",
    "refund_failure": "clearing_refund",
    "transfer": "clearing_transfer",
    "transfer_cancel": "clearing_reversal",
    "transfer_failure": "clearing_reversal",
    "transfer_refund": "clearing_reversal",
    "adjustment": "clearing_dispute",
    "stripe_fee": "stripe_fees",
    "stripe_fx_fee": "stripe_fees",
    "tax_fee": "stripe_fees",
    "payout": "platform_bank",
    "payout_cancel": "platform_bank",
    "payout_failure": "platform_bank",
    "topup": "platform_bank",
    "topup_reversal": "platform_bank",
}


def sync(*, by: Actor) -> int:
    """Book every movement at Stripe that is not booked yet; remote, safe to repeat.

    Reads three days further back than the newest one booked; books the oldest first, so that a
    worker which dies leaves no gap. Returns how many were new.
    """
    found = [row for page in books.movements(since=_cursor()) for row in page]
    found.sort(key=lambda row: (row.created, row.id))
    return sum(_book(batch, by=by) for batch in _batches(found))


def _cursor() -> dt.datetime | None:
    """From when to read; None: everything, since nothing was booked."""
    newest = LedgerEntry.objects.filter(kind=ENTRY).order_by("-id").first()
    if newest is None:
        return None
    return dt.datetime.fromisoformat(newest.data["created"]) - OVERLAP


def _batches(rows: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]


@transaction.atomic
def _book(rows: Sequence[Movement], *, by: Actor) -> int:
    return post([posting for row in rows if (posting := _posting(row))], by=by)


def _posting(row: Movement) -> Posting | None:
    """Cash is what we have at Stripe (a debit), a fee is what it cost; None: nothing moved."""
    if row.currency not in CURRENCIES or row.kind not in SIDES:
        log.error("stripe_movement_unknown", id=row.id, kind=row.kind, currency=row.currency)
        return None
    legs = [
        ("stripe_cash", PLATFORM, -row.net),
        ("stripe_fees", PLATFORM, -row.fee),
        (SIDES[row.kind], PLATFORM, row.amount),
    ]
    legs = [leg for leg in legs if leg[2]]
    if not legs:
        return None
    data = {"created": row.created.isoformat(), "type": row.kind, "source": row.source}
    return Posting(f"txn:{row.id}", ENTRY, legs, row.currency, data)


@dataclass(frozen=True, slots=True)
class CashGap:
    """Our books of the cash at Stripe, and Stripe's; minor units."""

    currency: str
    ours_minor: int
    theirs_minor: int


def compare_cash(*, by: Actor) -> list[CashGap]:
    """Where our books and Stripe's balance differ after a sync.

    Remote. A gap is kept for a person.
    """
    theirs = {
        currency: cash.available_minor + cash.pending_minor
        for currency, cash in books.read_cash().items()
    }
    ours = {
        row["currency"]: -row["minor"]
        for row in LedgerLeg.objects.filter(account__kind="stripe_cash")
        .values("currency")
        .annotate(minor=Sum("amount"))
    }
    gaps = [
        CashGap(currency, ours.get(currency, 0), theirs.get(currency, 0))
        for currency in sorted(ours | theirs)
        if ours.get(currency, 0) != theirs.get(currency, 0)
    ]
    for gap in gaps:
        log.error("cash_gap", currency=gap.currency, ours=gap.ours_minor, theirs=gap.theirs_minor)
        _keep(gap, by=by)
    return gaps


@transaction.atomic
def _keep(gap: CashGap, *, by: Actor) -> None:
    audit.record(
        "cash_gap",
        f"currency:{gap.currency}",
        by=by,
        ours_minor=gap.ours_minor,
        theirs_minor=gap.theirs_minor,
    )
