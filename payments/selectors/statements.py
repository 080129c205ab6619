"""An annotator's statement: every item with what it is for, why it waits, and where it went."""

import csv
import datetime as dt
import io
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Sum

from payments.currencies import major
from payments.models import BankPayout, Clawback, Earning, Payout
from payments.selectors.payouts import least_minor
from payments.states import ClawbackState, EarningState

HEADINGS = (
    "earned_at", "what", "currency", "amount_minor", "state", "hold_reason", "payable_from",
    "payout", "paid_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One accepted submission or review. `hold_reason` is empty once nothing is waited for.

    `taken_minor` was taken back, before or after it was paid.
    """

    id: uuid.UUID
    label: str
    currency: str
    amount_minor: int
    state: str
    hold_reason: str
    hold_until: dt.datetime
    payout_id: uuid.UUID | None
    payout_state: str
    payout_made_at: dt.datetime | None
    paid_at: dt.datetime | None
    created_at: dt.datetime
    lines: Sequence[dict[str, Any]] = ()
    taken_minor: int = 0
    fee_minor: int = 0
    awarded: bool = False

    @property
    def client_minor(self) -> int:
        """What the client paid for it; nothing where the platform itself pays."""
        return 0 if self.awarded else self.amount_minor + self.fee_minor

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return str(EarningState(self.state).label)


@dataclass(frozen=True, slots=True)
class StatementTotal:
    """An annotator's money in one currency, by state; minor units.

    Of what is paid, `kept_minor` was kept from payouts against a debt; `owed_minor` is left of it.
    """

    currency: str
    pending_minor: int = 0
    payable_minor: int = 0
    in_transit_minor: int = 0
    paid_minor: int = 0
    taken_minor: int = 0
    kept_minor: int = 0
    owed_minor: int = 0

    @property
    def sent_minor(self) -> int:
        """What really was sent."""
        return self.paid_minor - self.kept_minor

    @property
    def least_minor(self) -> int:
        """Where payouts begin."""
        return least_minor(self.currency)


@dataclass(frozen=True, slots=True)
class AnnotatorStatement:
    """Totals by currency, and rows, newest first."""

    totals: Sequence[StatementTotal]
    rows: Sequence[StatementRow]
    payouts: Sequence[Payout]
    to_bank: Sequence[BankPayout] = ()


def annotator(annotator_id: uuid.UUID, *, limit: int | None = 200) -> AnnotatorStatement:
    """The statement of one annotator; `limit` rows of each kind, None for all."""
    return AnnotatorStatement(
        totals=totals(annotator_id),
        rows=rows(annotator_id, limit=limit),
        payouts=list(Payout.objects.filter(annotator=annotator_id).order_by("-created_at")[:limit]),
        to_bank=list(
            BankPayout.objects.filter(annotator=annotator_id).order_by("-made_at")[:limit]
        ),
    )


def totals(annotator_id: uuid.UUID) -> list[StatementTotal]:
    """One line for each currency, by code."""
    sums = (
        Earning.objects.filter(annotator=annotator_id)
        .exclude(state=EarningState.TAKEN)
        .values("currency", "state")
        .annotate(minor=Sum(F("amount_minor") - F("taken_minor")))
        .order_by("currency")
    )
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    for row in sums:
        lines[row["currency"]][f"{row['state']}_minor"] = row["minor"]
    for claw in Clawback.objects.filter(annotator=annotator_id).prefetch_related("recoveries"):
        line = lines[claw.currency]
        line["owed_minor"] = line.get("owed_minor", 0) + claw.unpaid_minor
        line["kept_minor"] = line.get("kept_minor", 0) + _kept(claw)
    return [StatementTotal(currency, **parts) for currency, parts in lines.items()]


def _kept(claw: Clawback) -> int:
    kept = (one for one in claw.recoveries.all() if one.way == "payout")
    return sum(one.amount_minor for one in kept if one.undone_at is None)


def rows(annotator_id: uuid.UUID, *, limit: int | None = None) -> list[StatementRow]:
    """Earnings, newest first."""
    found = Earning.objects.filter(annotator=annotator_id).select_related("payout")
    page = list(found.order_by("-created_at", "-id")[:limit])
    owed = _taken_after(page)
    return [_row(earning, owed[earning.pk]) for earning in page]


def _taken_after(page: Sequence[Earning]) -> dict[uuid.UUID, int]:
    """By earning, what was taken back once it was paid: the debts, settled or not."""
    claws = Clawback.objects.filter(earning__in=page, state=ClawbackState.BOOKED, taken_from="debt")
    sums: dict[uuid.UUID, int] = defaultdict(int)
    for earning, minor in claws.values_list("earning", "amount_minor"):
        sums[earning] += minor
    return sums


def _row(earning: Earning, taken_after_minor: int) -> StatementRow:
    payout = earning.payout
    return StatementRow(
        id=earning.pk,
        label=earning.label,
        currency=earning.currency,
        amount_minor=earning.amount_minor,
        state=earning.state,
        hold_reason=earning.hold_reason if earning.state == EarningState.PENDING else "",
        hold_until=earning.hold_until,
        payout_id=payout.pk if payout else None,
        payout_state=payout.state if payout else "",
        payout_made_at=payout.created_at if payout else None,
        paid_at=payout.sent_at if payout else None,
        created_at=earning.created_at,
        lines=tuple(earning.lines),
        taken_minor=earning.taken_minor + taken_after_minor,
        fee_minor=earning.fee_minor,
        awarded=earning.reservation_id is None,
    )


def as_csv(statement: Iterable[StatementRow]) -> str:
    """The rows for a spreadsheet; times in UTC, amounts in minor units and for people."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([*HEADINGS, "amount"])
    for row in statement:
        sheet.writerow([*map(_cell, _cells(row)), major(row.amount_minor, row.currency)])
    return out.getvalue()


def _cells(row: StatementRow) -> tuple[object, ...]:
    return (
        row.created_at, row.label, row.currency, row.amount_minor, row.state, row.hold_reason,
        row.hold_until, row.payout_id, row.paid_at,
    )  # fmt: skip


def _cell(value: object) -> str:
    """A text that a spreadsheet will not take for a formula (OWASP, CSV injection)."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
