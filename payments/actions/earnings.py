"""What annotators earn: promised money becomes theirs, waits out the hold, and may then be paid."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.actions import holds
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.models import Earning
from payments.states import RESERVATION_MOVES, EarningKind, EarningState, ReservationState

MATURE_BATCH = 100

# An accept is the marketplace's most frequent movement of money, and each round trip costs it more
# than the work inside: the promises are locked, and what decides the hold is read, in one
# statement; promises, earnings and the audit trail are written in another.
_PROMISES = f"""
WITH promise AS MATERIALIZED (
    SELECT id, holder, pot, currency, price_minor, fee_minor, state FROM payments_reservation
     WHERE holder = ANY(%(holders)s::text[]) ORDER BY holder FOR NO KEY UPDATE
)
SELECT promise.id, holder, pot, currency, price_minor, fee_minor, state, core_now(),
       {holds.STANDING}
  FROM unnest(%(holders)s::text[], %(annotators)s::uuid[]) WITH ORDINALITY
    AS asked (holder, annotator_id, place)
  JOIN promise USING (holder) ORDER BY place
"""  # noqa: S608 - put together from constants
_EARN = f"""
WITH earned AS (
    INSERT INTO payments_earning
        (id, annotator_id, reservation_id, kind, source, pot, label, currency, amount_minor,
         fee_minor, taken_minor, lines, state, hold_until, hold_reason, created_at)
    SELECT id, annotator_id, reservation_id, kind, source, pot, label, currency, amount_minor,
           fee_minor, 0, lines, state, hold_until, hold_reason, created_at
      FROM jsonb_to_recordset(%(earnings)s) AS row
        (id uuid, annotator_id uuid, reservation_id uuid, kind text, source text, pot text,
         label text, currency text, amount_minor bigint, fee_minor bigint, lines jsonb, state text,
         hold_until timestamptz, hold_reason text, created_at timestamptz)
    RETURNING reservation_id
), spent AS (
    UPDATE payments_reservation SET state = 'spent', ended_at = core_now()
      FROM earned WHERE id = reservation_id
)
{audit.INSERT}
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Promise:
    """A reservation under its lock, and the hold of what its annotator earns now."""

    id: uuid.UUID
    holder: str
    pot: str
    currency: str
    price_minor: int
    fee_minor: int
    state: str
    now: dt.datetime
    standing: str


@dataclass(frozen=True, slots=True)
class Accrual:
    """The work of `holder` was accepted: its promise goes to this annotator.

    `amount_minor` and `fee_minor` are what was earned of the promised price and fee, the rest goes
    back to the project's funds; None: all of it. `lines` are the parts of the amount for the
    statement, each `{"kind", "amount_minor", "text"}`; none: one line, `label`.
    """

    holder: str
    annotator_id: uuid.UUID
    label: str
    kind: EarningKind = EarningKind.WORK
    amount_minor: int | None = None
    fee_minor: int | None = None
    lines: tuple[dict[str, Any], ...] = ()

    def parts(self, promise: Promise) -> tuple[int, int]:
        """What the annotator and the platform get of the promise; a wrong split is a bug."""
        amount = promise.price_minor if self.amount_minor is None else self.amount_minor
        fee = promise.fee_minor if self.fee_minor is None else self.fee_minor
        if not (0 < amount <= promise.price_minor and 0 <= fee <= promise.fee_minor):
            raise ValueError(f"{self.holder} was promised less than {amount} and {fee}.")
        if self.lines and sum(line["amount_minor"] for line in self.lines) != amount:
            raise ValueError(f"The lines of {self.holder} do not sum to {amount}.")
        return amount, fee


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
    promises = _promises(accruals)
    if any(accrual.holder not in promises for accrual in accruals):
        raise NotFound("reservation")
    fresh: dict[str, Accrual] = {}
    for accrual in accruals:
        if promises[accrual.holder].state != ReservationState.SPENT:
            fresh.setdefault(accrual.holder, accrual)
    made = _earn(list(fresh.values()), promises, by=by)
    old = [holder for holder in promises if holder not in made]
    if old:
        made |= {row.source: row for row in Earning.objects.filter(source__in=old)}
    return [_theirs(made[accrual.holder], accrual) for accrual in accruals]


def _promises(accruals: Sequence[Accrual]) -> dict[str, Promise]:
    """The promises by holder, locked in one order."""
    asked: dict[str, Any] = {
        "holders": [accrual.holder for accrual in accruals],
        "annotators": [accrual.annotator_id for accrual in accruals],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PROMISES, {**asked, **holds.FACTS})
        rows = [Promise(*row) for row in cursor.fetchall()]
    promises: dict[str, Promise] = {}
    for row in rows:  # of two annotators who ask for one promise, the first gets it
        promises.setdefault(row.holder, row)
    return promises


def _theirs(earning: Earning, accrual: Accrual) -> Earning:
    """The earning that a promise became, for the annotator who asks for it."""
    if earning.annotator_id != accrual.annotator_id:
        raise Refused("earned_by_another", "This money already went to another annotator.")
    return earning


def _accrual(promise: Promise, accrual: Accrual) -> Posting:
    """What was earned to the annotator, its fee to the platform, the rest back to the project."""
    amount, fee = accrual.parts(promise)
    whole = promise.price_minor + promise.fee_minor
    legs = [
        ("project_reserved", promise.pot, -whole),
        ("annotator_pending", owner("annotator", accrual.annotator_id), amount),
        ("platform_fee", PLATFORM, fee),
        ("project_funds", promise.pot, whole - amount - fee),
    ]
    moved = [leg for leg in legs if leg[2]]
    return Posting(f"accept:{promise.holder}", "accept", moved, promise.currency)


def _earn(
    accruals: Sequence[Accrual], promises: Mapping[str, Promise], *, by: Actor
) -> dict[str, Earning]:
    """Spend the promises and write the annotators' rows, in as many statements for one as for
    all; by holder.
    """
    if not accruals:
        return {}
    states = {promises[one.holder].state for one in accruals}
    if any(ReservationState.SPENT not in RESERVATION_MOVES.get(state, ()) for state in states):
        raise Refused("not_reserved", "The money for this work is not reserved any more.")
    fields = [_fields(promises[one.holder], one) for one in accruals]
    rows = [Earning(**one) for one in fields]
    acts = [audit.Act(row, data={"amount_minor": row.amount_minor}) for row in rows]
    written = {"earnings": json.dumps(fields, default=str)}
    with connection.cursor() as cursor:
        cursor.execute(_EARN, {**written, **audit.values("accrued", acts, by=by)})
    for row in rows:
        row._state.adding = False  # as after a save
    post([_accrual(promises[one.holder], one) for one in accruals], by=by)
    return {row.source: row for row in rows}


def _fields(promise: Promise, accrual: Accrual) -> dict[str, Any]:
    """The annotator's row, not yet written."""
    amount, fee = accrual.parts(promise)
    hold = holds.decided(promise.now, promise.standing)
    label = accrual.label[:200]
    line = {"kind": "base", "amount_minor": amount, "text": label}
    return {
        "id": new_id(),
        "annotator_id": accrual.annotator_id,
        "reservation_id": promise.id,
        "kind": accrual.kind,
        "source": promise.holder,
        "pot": promise.pot,
        "label": label,
        "currency": promise.currency,
        "amount_minor": amount,
        "fee_minor": fee,
        "lines": list(accrual.lines) or [line],
        "state": EarningState.PENDING,
        "hold_until": hold.until,
        "hold_reason": hold.reason,
        "created_at": promise.now,
    }


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
    left = row.amount_minor - row.taken_minor
    legs = [("annotator_pending", pot, -left), ("annotator_payable", pot, left)]
    return Posting(f"mature:{row.pk}", "mature", legs, row.currency)
