"""Gold as staff look at it: what waits for them, and what was answered to one task."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.models import Gold, GoldAnswer
from tasks.quality.gold_scoring import upper_bound
from tasks.states import GoldState

MOST_ANSWERS = 10


def quarantined_count() -> int:
    """How many gold tasks good annotators fail, so that somebody must look."""
    return Gold.objects.filter(state=GoldState.QUARANTINED).count()


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: whose (a pseudonym), whether it was right, and what it said, as JSON."""

    annotator: str
    right: bool
    answer: str


def latest(gold: Gold) -> Sequence[Answered]:
    """The last ten answers, the newest first."""
    rows = GoldAnswer.objects.filter(gold=gold).select_related("submission", "annotator")
    return [
        Answered(str(row.annotator.pseudonym), row.right, written(row.submission.answer))
        for row in rows.order_by("-at", "-pk")[:MOST_ANSWERS]
    ]


def written(answer: object) -> str:
    """An answer as a person reads it."""
    return json.dumps(answer, ensure_ascii=False, indent=2)


def good_share(gold: Gold) -> str:
    """How good annotators do, with the most that this can mean; a dash while none has answered."""
    if not gold.good_seen:
        return "—"
    most = upper_bound(gold.good_right, gold.good_seen)
    return f"{gold.good_right} / {gold.good_seen} (≤ {most:.0%})"
