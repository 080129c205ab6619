"""Answers that nobody has judged in time are accepted by themselves, and paid.

Each says at its hand-in when that is: `review_hours` of its project later. A correction begins
them anew, but all versions of an answer together wait at most 14 days for their verdicts. What a
reviewer has in hand meanwhile is accepted as well: the review goes on, is paid, and measures.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from marketplace.core.actors import Actor
from marketplace.core.clock import after
from tasks.actions import requests, sweeping, verdicts
from tasks.actions.sweeping import Ids
from tasks.models import Assignment, Submission, Task
from tasks.models.assignment import MOST_WAIT
from tasks.states import AssignmentState

BATCH = 50
WHY = "No verdict came in time."

# An answer without a date was handed in before there were any.
_OVERDUE = """
SELECT coalesce(accept_at, submitted_at), id FROM tasks_assignment
 WHERE state = 'submitted'
   AND (accept_at <= core_now()
        OR (accept_at IS NULL AND submitted_at <= core_now() - interval '14 days'))
   AND (coalesce(accept_at, submitted_at), id) > (%s::timestamptz, %s::uuid)
 ORDER BY 1, 2 LIMIT %s
"""


def accept_overdue(*, by: Actor, seconds: float = sweeping.BUDGET_SECONDS) -> int:
    """Accept the answers whose verdict is overdue, the longest first; returns how many.

    Rows that another transaction holds are left for the next run: a verdict that came just in time
    wins, and nobody waits. A request for a review that nobody has in hand is withdrawn.
    """
    return sweeping.sweep(_OVERDUE, _accept, by=by, size=BATCH, seconds=seconds)


@transaction.atomic
def _accept(ids: Ids, by: Actor) -> int:
    """Locks in the one order: tasks, assignments, and the money last."""
    wanted = Assignment.objects.filter(pk__in=ids).values("task")
    tasks = Task.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=wanted)
    held = list(tasks.order_by("pk").values_list("pk", flat=True))
    moment = after(dt.timedelta(0))
    overdue = Q(accept_at__lte=moment) | Q(accept_at=None, submitted_at__lte=after(-MOST_WAIT))
    rows = list(
        Assignment.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("project")
        .filter(overdue, pk__in=ids, task__in=held, state=AssignmentState.SUBMITTED)
        .order_by("pk")
    )
    answers = Submission.objects.filter(assignment__in=rows).values_list("pk", flat=True)
    requests.withdraw_unread(list(answers), by=by)
    verdicts.accept_many(rows, by=by, why=WHY, timed_out=True)
    return len(rows)
