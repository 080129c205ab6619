"""What the lots of a delivery warrant: the most wrong results that are left, in all and by part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection

from tasks.models import Delivery
from tasks.quality import warrant
from tasks.quality.warrant import Inspectors, Judged
from tasks.selectors import reviewer_rates
from tasks.states import LOT_DECIDED, LotMethod, LotState, Verdict

# With fewer wrong answers to judge them by, nothing is said of how many reviewers overlook.
LEAST_KNOWN = 10
_COUNTS = """
SELECT lot.number, lot.state, lot.size, item.subcategory, count(*),
       count(*) FILTER (WHERE sampled.yes), count(*) FILTER (WHERE sampled.yes AND item.defect),
       count(item.defect), count(*) FILTER (WHERE item.defect)
  FROM tasks_lotitem item JOIN tasks_lot lot ON lot.id = item.lot_id
 CROSS JOIN LATERAL (
     SELECT CASE WHEN lot.sample IS NULL THEN item.drawn ELSE item.position <= lot.sample END AS yes
 ) sampled
 WHERE item.delivery_id = %s
 GROUP BY lot.number, lot.state, lot.size, item.subcategory
 ORDER BY lot.number, item.subcategory
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """The results of one part in one lot: how many, sampled, found wrong among those; inspected
    at all, and found wrong among all."""

    lot: int
    state: str
    lot_size: int
    part: str
    results: int
    sampled: int
    sampled_wrong: int
    inspected: int
    wrong: int


def cells(row: Delivery) -> list[Cell]:
    """The counts of a delivery, by lot and part."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [row.pk])
        return [Cell(*values) for values in cursor.fetchall()]


def checks(row: Delivery) -> list[tuple[bool, str]]:
    """Each tested review of those who inspected this delivery: whether the answer was right, and
    the verdict."""
    who = row.items.filter(review__isnull=False).values("review__reviewer")
    last = reviewer_rates.known().filter(review__reviewer__in=who)
    return list(last.values_list("was_right", "review__verdict"))


def inspectors(row: Delivery, inspected: int) -> Inspectors:
    """What is known, from all their reviews, of those who inspected this delivery."""
    seen = checks(row)
    wrong = [verdict for right, verdict in seen if not right]
    right = [verdict for right, verdict in seen if right]
    return Inspectors(
        wrong=len(wrong),
        found=sum(verdict != Verdict.ACCEPT for verdict in wrong),
        right=len(right),
        passed=sum(verdict == Verdict.ACCEPT for verdict in right),
        inspected=inspected,
    )


def bounds(row: Delivery, found: Sequence[Cell], who: Inspectors) -> dict[str, Any] | None:
    """The bound on all results and on those of each part; None until every lot is decided.

    `most_left` is the most wrong results left, with the delivery's confidence, if reviewers are
    right; `corrected` reckons with what they overlook, where that is known.
    """
    if not found or any(cell.state not in LOT_DECIDED for cell in found):
        return None
    parts = sorted({cell.part for cell in found})
    return {
        "confidence": row.confidence,
        "all": _bound(row, found, found, who),
        "parts": [
            {"part": part, **_bound(row, found, [c for c in found if c.part == part], who)}
            for part in parts
        ],
    }


def _bound(
    row: Delivery, every: Sequence[Cell], mine: Sequence[Cell], who: Inspectors
) -> dict[str, Any]:
    lots = list(judged(every, mine))
    results, inspected = sum(c.results for c in mine), sum(c.inspected for c in mine)
    wrong = sum(c.wrong for c in mine)
    left = _left(row, lots, row.confidence)
    unseen = sum(c.results - c.inspected for c in mine)
    corrected = None
    if who.wrong >= LEAST_KNOWN and who.right:
        corrected = warrant.with_inspectors(
            partial(_findable, row, lots),
            Inspectors(who.wrong, who.found, who.right, who.passed, inspected),
            size=results,
            found=wrong,
            confidence=row.confidence,
        )
    return {
        "results": results,
        "inspected": inspected,
        "found": wrong,
        "most_left": min(left, unseen),
        "most_error": min(left, unseen) / results,
        "corrected_left": corrected,
        "corrected_error": None if corrected is None else corrected / results,
    }


def judged(every: Iterable[Cell], mine: Iterable[Cell]) -> Iterable[Judged]:
    """Each lot, with the defects of some of its cells."""
    lots: dict[int, list[Cell]] = {}
    for cell in every:
        lots.setdefault(cell.lot, []).append(cell)
    own: Mapping[int, list[Cell]] = {number: [] for number in lots}
    for cell in mine:
        own[cell.lot].append(cell)
    for number, whole in lots.items():
        yield Judged(
            size=whole[0].lot_size,
            drawn=sum(cell.sampled for cell in whole),
            bad=sum(cell.sampled_wrong for cell in own[number]),
            known=(
                sum(cell.wrong for cell in own[number])
                if whole[0].state == LotState.REWORKED
                else None
            ),
        )


def _left(row: Delivery, lots: Sequence[Judged], confidence: float) -> int:
    if row.method == LotMethod.SPRT:
        return warrant.remaining_at_any_time(lots, expected=row.aql, confidence=confidence)
    return warrant.remaining(lots, confidence=confidence)


def _findable(row: Delivery, lots: Sequence[Judged], confidence: float) -> int:
    return _left(row, lots, confidence) + sum(lot.found for lot in lots)
