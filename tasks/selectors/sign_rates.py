"""How often signs of borrowed answers are wrong, on this instance's own reviews and gold."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tasks.quality import acceptance
from tasks.states import BorrowedSign

# Gold that counts decides first; else the last verdict that was read for the answer's sake.
# Answers that nobody has judged are in `flagged` and nowhere else.
_RATES = """
WITH judged AS (
    SELECT signals.flags, coalesce(
           (SELECT gold."right" FROM tasks_goldanswer gold
             WHERE gold.submission_id = signals.submission_id AND gold.counts),
           (SELECT review.verdict = 'accept' FROM tasks_review review
             WHERE review.submission_id = signals.submission_id
               AND review.kind IN ('first', 'tie', 'audit', 'appeal')
             ORDER BY review.decided_at DESC, review.id DESC LIMIT 1)) AS "right"
      FROM tasks_signals signals WHERE signals.gathered_at IS NOT NULL
), each AS (
    SELECT flag, "right" FROM judged CROSS JOIN LATERAL unnest(judged.flags) AS flag
    UNION ALL
    SELECT '', "right" FROM judged WHERE cardinality(flags) = 0
)
SELECT flag, count(*), count("right"), count(*) FILTER (WHERE "right") FROM each GROUP BY flag
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of `flagged` answers with a sign, `judged` were reviewed or gold, and `right` of these turned
    out right: false flags. `low` and `high` are the exact 95 % interval of that share.

    `sign` is empty for the answers without any sign, which are there to compare.
    """

    sign: str
    label: str
    flagged: int
    judged: int
    right: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share of false flags; None where nothing was judged."""
        return self.right / self.judged if self.judged else None


def rates() -> Sequence[Rate]:
    """The rate of each sign, then of answers without one, in one statement over all signals."""
    with connection.cursor() as cursor:
        cursor.execute(_RATES)
        found = {flag: (flagged, judged, right) for flag, flagged, judged, right in cursor}
    labels = [*BorrowedSign.choices, ("", "")]
    return [_rate(str(sign), str(label), *found.get(sign, (0, 0, 0))) for sign, label in labels]


def _rate(sign: str, label: str, flagged: int, judged: int, right: int) -> Rate:
    low, high = acceptance.two_sided(right, judged) if judged else (0.0, 1.0)
    return Rate(sign, label, flagged, judged, right, low, high)
