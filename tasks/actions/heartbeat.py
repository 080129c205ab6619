"""Signs of life from the page of a task: when it was last in use, and for how long in all."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from tasks.models import Assignment
from tasks.selectors import pay_words
from tasks.selectors.ended import is_over

# Longer without a sign of life is a pause: no more than this is counted.
IDLE = dt.timedelta(seconds=60)

# Time is counted between beats, by the database's clock, so ten pages of one claim count it once.
# Only whole seconds are counted; the rest of a second waits in `seen_at` for the next beat.
_BEAT = """
WITH mine AS MATERIALIZED (
    SELECT row.id, row.seen_at, core_now() AS at,
           core_now() - greatest(row.seen_at, row.claimed_at) AS gap
      FROM tasks_assignment row
      JOIN accounts_annotatorprofile annotator ON annotator.id = row.annotator_id
     WHERE row.id = %(id)s AND annotator.user_id = %(user)s AND row.fence = %(fence)s
       AND row.state IN ('claimed', 'returned') AND row.leased_until > core_now()
       FOR NO KEY UPDATE OF row
), beat AS (
    SELECT id, at, floor(extract(epoch FROM least(greatest(gap, interval '0'), %(idle)s)))::int
               AS seconds,
           gap > %(idle)s AS paused, at - gap AS since
      FROM mine
)
UPDATE tasks_assignment row
   SET active_seconds = row.active_seconds + beat.seconds,
       seen_at = CASE WHEN paused THEN at ELSE since + beat.seconds * interval '1 second' END
  FROM beat
 WHERE row.id = beat.id
RETURNING row.active_seconds, extract(epoch FROM row.leased_until - beat.at), row.quote,
          row.currency
"""


@dataclass(frozen=True, slots=True)
class Beat:
    """What the page learns: seconds at work so far, seconds left, by the database's clock, and what
    an hourly claim has earned, in words (else empty).
    """

    active_seconds: int
    seconds_left: float
    earned: str


def beat(*, assignment_id: uuid.UUID, fence: int, by: Actor) -> Beat:
    """Note that its annotator is at work on a claim, and count the time since the last beat.

    One statement on one row, which waits for nothing but another beat, a save or the claim's end.
    It is not in the audit trail, as drafts are not. Refuses `not_found` for another's claim, and
    (409) `too_late`, `stale_claim`, or `wrong_state` once handed in.
    """
    if by.kind is not ActorKind.USER:
        raise NotFound("assignment")
    values: dict[str, Any] = {"id": assignment_id, "user": by.id, "fence": fence, "idle": IDLE}
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, values)
        row = cursor.fetchone()
    if row is None:
        raise _refusal(assignment_id, fence, by)
    active_seconds, left, quote, currency = row
    earned = pay_words.so_far(json.loads(quote), active_seconds, currency)
    return Beat(active_seconds, float(left), earned)


def _refusal(assignment_id: uuid.UUID, fence: int, by: Actor) -> Refused:
    mine = Assignment.objects.filter(pk=assignment_id, annotator__user_id=by.id).first()
    if mine is None:
        return NotFound("assignment")
    if is_over(mine):
        return Refused("too_late", "The time for this claim is over. What you wrote is kept.")
    if mine.fence != fence:
        return Refused("stale_claim", "This claim has passed on: open the task again.")
    return Refused("wrong_state", "This task has been handed in.")
