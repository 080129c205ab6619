"""Stripe's own books, copied into ours: cash and fees, and each clearing account back to zero.

What we book from an event stands in a clearing account until Stripe's balance transaction for it
appears here. An old rest there is money that one side knows of and the other does not.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import structlog
from django.db import transaction

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import unheard
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.currencies import CURRENCIES
from payments.models import LedgerEntry
from payments.stripe import books
from payments.stripe.gateway import Movement

log = structlog.get_logger(__name__)

ENTRY = "stripe_txn"
OVERLAP, DAY = dt.timedelta(days=3), dt.timedelta(days=1)
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

    Reads from three days before the newest one booked, day by day and the oldest first: a process
    that dies leaves no gap, and never more than a day is held in memory. What only these books
    tell of (reversals, disputes, returned refunds) is followed up. Returns how many were new.
    """
    return sum(_day(since, until, by=by) for since, until in _days(_cursor()))


def _day(since: dt.datetime | None, until: dt.datetime | None, *, by: Actor) -> int:
    found = [row for page in books.movements(since=since, until=until) for row in page]
    found.sort(key=lambda row: (row.created, row.id))
    new = sum(_book(batch, by=by) for batch in _batches(found))
    unheard.follow(found, by=by)
    return new


def _days(first: dt.datetime | None) -> Iterator[tuple[dt.datetime | None, dt.datetime | None]]:
    """Spans of a day from then on; the last has no end. All time in one before anything is booked:
    Stripe's clock may be another than ours.
    """
    while first is not None and first < clock.now() - DAY:
        yield first, first + DAY
        first += DAY
    yield first, None


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
