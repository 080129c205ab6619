"""What annotators earn: promised money becomes theirs, waits out the hold, and may then be paid."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.models import Earning, Reservation
from payments.states import RESERVATION_MOVES, EarningState, ReservationState

MATURE_BATCH = 100


@dataclass(frozen=True, slots=True)
class Accrual:
    """The work of `holder` was accepted.

    Its promise goes to this annotator. `label` is for their statement.
    """

    holder: str
    annotator_id: uuid.UUID
    label: str


def accrue(*, holder: str, annotator_id: uuid.UUID, label: str, by: Actor) -> Earning:
    """Turn a held promise into a pending earning of the whole price, and the platform's fee.

    Once only: the same call again returns the same earning. Refuses `not_reserved` when the
    promise was given back, and `earned_by_another` when it already went to somebody else.
    """
    (earning,) = accrue_all([Accrual(holder, annotator_id, label)], by=by)
    return earning


@transaction.atomic
def accrue_all(accruals: Sequence[Accrual], *, by: Actor) -> list[Earning]:
    """`accrue` for several holders of one transaction, which thereby takes all ledger locks at
    once.
    """
    holders = sorted({accrual.holder for accrual in accruals})
    rows = Reservation.objects.select_for_update(no_key=True).filter(holder__in=holders)
    promises = {row.holder: row for row in rows.order_by("holder")}
    earned, postings = [], []
    for accrual in accruals:
        if accrual.holder not in promises:
            raise NotFound("reservation")
        promise = promises[accrual.holder]
        if promise.state == ReservationState.SPENT:
            earned.append(_again(promise, accrual))
            continue
        postings.append(_accrual(promise, accrual))
        earned.append(_earn(promise, accrual, by=by))
    post(postings, by=by)
    return earned


def _again(promise: Reservation, accrual: Accrual) -> Earning:
    """The earning that this promise became."""
    earning = Earning.objects.get(reservation=promise)
    if earning.annotator_id != accrual.annotator_id:
        raise Refused("earned_by_another", "This money already went to another annotator.")
    return earning


def _accrual(promise: Reservation, accrual: Accrual) -> Posting:
    """Price to the annotator, fee to the platform; a project without fee has no fee leg."""
    legs = [
        ("project_reserved", promise.pot, -(promise.price_minor + promise.fee_minor)),
        ("annotator_pending", owner("annotator", accrual.annotator_id), promise.price_minor),
    ]
    if promise.fee_minor:
        legs.append(("platform_fee", PLATFORM, promise.fee_minor))
    return Posting(f"accept:{promise.holder}", "accept", legs, promise.currency)


def _earn(promise: Reservation, accrual: Accrual, *, by: Actor) -> Earning:
    """The annotator's row, and the promise spent."""
    if promise.state != ReservationState.HELD:
        raise Refused("not_reserved", "The money for this work is not reserved any more.")
    move(promise, ReservationState.SPENT, RESERVATION_MOVES, ended_at=Now())
    earning = Earning.objects.create(
        annotator_id=accrual.annotator_id,
        reservation=promise,
        source=promise.holder,
        pot=promise.pot,
        label=accrual.label[:200],
        currency=promise.currency,
        amount_minor=promise.price_minor,
        hold_until=clock.now() + dt.timedelta(days=settings.HOLD_DAYS),
        hold_reason=f"Accepted work is held for {settings.HOLD_DAYS} days before it can be paid.",
    )
    audit.record("accrued", earning, by=by, amount_minor=promise.price_minor)
    return earning


@transaction.atomic
def mature(*, by: Actor) -> int:
    """Make up to 100 earnings payable whose hold is over, in one set-based posting; returns how
    many.

    Rows that another run has locked are left to it. No reason other than the clock is asked.
    """
    due = Earning.objects.select_for_update(no_key=True, skip_locked=True).filter(
        state=EarningState.PENDING, hold_until__lte=Now()
    )
    rows = list(due.order_by("hold_until", "id")[:MATURE_BATCH])
    post([_maturing(row) for row in rows], by=by)
    Earning.objects.filter(pk__in=[row.pk for row in rows]).update(state=EarningState.PAYABLE)
    return len(rows)


def _maturing(row: Earning) -> Posting:
    pot = owner("annotator", row.annotator_id)
    legs = [
        ("annotator_pending", pot, -row.amount_minor),
        ("annotator_payable", pot, row.amount_minor),
    ]
    return Posting(f"mature:{row.pk}", "mature", legs, row.currency)
