"""Differences of the books: what is open, and the last proof of each comparison."""

import datetime as dt
from dataclasses import dataclass

from payments.models import Comparison, Difference
from payments.states import ComparisonName, DifferenceState


def open_count() -> int:
    """How many differences nobody has settled."""
    return Difference.objects.filter(state=DifferenceState.OPEN).count()


@dataclass(frozen=True, slots=True)
class Standing:
    """A comparison: its last run, and the last that proved. `None`: never."""

    name: ComparisonName
    last: Comparison | None
    proved_at: dt.datetime | None
    open: int


# Which kinds of difference each comparison finds.
KINDS: dict[ComparisonName, tuple[str, ...]] = {
    ComparisonName.PAYOUTS: ("payout_stuck",),
    ComparisonName.CASH: ("cash_gap", "payout_schedule"),
    ComparisonName.CLEARING: ("clearing_rest",),
    ComparisonName.TRANSFERS: ("transfer_orphan", "transfer_missing"),
    ComparisonName.BOOKS: ("books",),
    ComparisonName.BANK: ("bank_payout_late",),
}


def standings() -> list[Standing]:
    """Every comparison, in the order of their letters."""
    return [_standing(name) for name in ComparisonName]


def _standing(name: ComparisonName) -> Standing:
    runs = Comparison.objects.filter(name=name).order_by("-started_at")
    proof = runs.filter(ended_at__isnull=False, failure="", differences=0).first()
    found = Difference.objects.filter(kind__in=KINDS.get(name, ()), state=DifferenceState.OPEN)
    return Standing(name, runs.first(), proof.ended_at if proof else None, found.count())
