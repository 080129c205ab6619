"""What a rule would have done last month: history is read again, day by day."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import AnnotatorProfile
from marketplace.core import clock
from tasks.models import QualityRule
from tasks.selectors import collectors, rule_words
from tasks.selectors.collectors import Found

DAYS = 30


@dataclass(frozen=True, slots=True)
class Struck:
    """One hit: on whom, at the end of which day, on what figures, in the words they would read.

    `pseudonym` is what clients see; `email` is for staff alone.
    """

    day: dt.date
    annotator_id: uuid.UUID
    pseudonym: uuid.UUID
    email: str
    found: Found
    words: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The hits of `days` days, the latest first."""

    days: int
    hits: Sequence[Struck]

    @property
    def annotators(self) -> int:
        """How many people were hit, each counted once."""
        return len({one.annotator_id for one in self.hits})


def of(rule: QualityRule, days: int = DAYS) -> Replay:
    """Play the rule, saved or not, over the last `days` days; nothing is kept and nobody told.

    As when it runs: what somebody was hit by does not count again, here by the replay's own hits.
    The pauses that it would have made are not played: work done meanwhile counts. It costs a
    statement for each day.
    """
    now = clock.now()
    fresh: dict[uuid.UUID, dt.datetime] = {}
    struck: list[tuple[dt.datetime, Found]] = []
    for back in range(days - 1, -1, -1):
        at = now - dt.timedelta(days=back)
        for found in collectors.hit_by(rule, at, fresh, evidence=False):
            fresh[found.annotator_id] = at
            struck.append((at, found))
    people = {
        row.pk: row for row in AnnotatorProfile.objects.filter(pk__in=fresh).select_related("user")
    }
    hits = [
        Struck(
            day=at.date(),
            annotator_id=found.annotator_id,
            pseudonym=people[found.annotator_id].pseudonym,
            email=people[found.annotator_id].user.email,
            found=found,
            words=rule_words.of_hit(rule, found.reading),
        )
        for at, found in reversed(struck)
    ]
    return Replay(days, hits)
