"""Requests for reviews: that somebody should judge an answer, by when, and from which level up."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import CombinedExpression

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.models import Assignment, ReviewRequest, Submission, Task
from tasks.selectors import second_looks
from tasks.states import (
    REVIEW_REQUEST_MOVES,
    ReviewKind,
    ReviewLevel,
    ReviewRequestState,
)

STALE_BATCH = 200
# Wanted anew once the last one is done: of a result in another lot, against another decision.
AGAIN = (ReviewKind.WARRANTY, ReviewKind.APPEAL)


def ask(
    *,
    kind: ReviewKind,
    by: Actor,
    submission: Submission | None = None,
    task: Task | None = None,
    level: ReviewLevel = ReviewLevel.REVIEWER,
    due_at: dt.datetime | CombinedExpression | None = None,
) -> ReviewRequest:
    """Want a review of a submission, or (kind `warranty`) of a task's result; one of each
    kind, or one at a time of those in AGAIN.

    The caller is in a transaction that holds the task's lock.
    """
    target = submission.task if submission else task
    if target is None:
        raise ValueError("A review is of a submission, or of a task's result.")
    live = ReviewRequest.objects.exclude(state=ReviewRequestState.WITHDRAWN)
    found = live.filter(kind=kind, submission=submission, task=target)
    if kind in AGAIN:
        found = found.exclude(state=ReviewRequestState.DONE)
    row = found.first()
    if row is None:
        row = ReviewRequest.objects.create(
            kind=kind,
            project_id=target.project_id,
            task=target,
            submission=submission,
            level=level,
            due_at=due_at,
        )
        audit.record("review_wanted", row, by=by, kind=kind, task=str(target.pk))
    return row


def withdraw_unread(submission_ids: Sequence[uuid.UUID], *, by: Actor) -> None:
    """No first reading is needed any more, and so no second one: whoever has one in hand goes on.

    The caller holds the locks of the tasks.
    """
    kinds = (ReviewKind.FIRST, ReviewKind.SECOND)
    _withdraw(ReviewRequest.objects.filter(submission__in=submission_ids, kind__in=kinds), by)


def withdraw_looks(row: Assignment, *, by: Actor) -> None:
    """Its rejection is taken back: nobody needs to look at it again. The caller holds the locks."""
    kinds = (ReviewKind.TIE, ReviewKind.AUDIT)
    _withdraw(ReviewRequest.objects.filter(submission__assignment=row, kind__in=kinds), by)


def withdraw_older(row: Assignment, *, by: Actor) -> None:
    """A corrected answer is in: what was said of older versions is compared no more. The caller
    holds the locks."""
    kinds = (ReviewKind.SECOND, ReviewKind.TIE)
    _withdraw(ReviewRequest.objects.filter(submission__assignment=row, kind__in=kinds), by)


def withdraw_moot(request_ids: Collection[uuid.UUID], *, by: Actor) -> None:
    """Claims on these have ended without a verdict: what has been decided meanwhile in another way
    waits for nobody, and nobody is paid for it.
    """
    if request_ids:
        _withdraw(second_looks.moot().filter(pk__in=request_ids), by)


def withdraw_stale(*, by: Actor) -> int:
    """Give up up to 200 measuring requests for which nobody was found: a second reading after 7
    days, a tie or an audit 7 days past its date, so that its rejection becomes final and its money
    moves. An appeal is not touched: its annotator wins when nobody decides. Returns how many.
    """
    tasks = second_looks.stale().order_by("task").values_list("task", flat=True).distinct()
    return sum(_withdraw_stale(task, by) for task in list(tasks[:STALE_BATCH]))


@transaction.atomic
def _withdraw_stale(task_id: uuid.UUID, by: Actor) -> int:
    """Of one task, under the lock that a claim takes."""
    tasks = Task.objects.select_for_update(no_key=True, skip_locked=True)
    if tasks.filter(pk=task_id).first() is None:
        return 0
    return _withdraw(second_looks.stale().filter(task=task_id), by)


def _withdraw(rows: QuerySet[ReviewRequest], by: Actor) -> int:
    """Those of them that nobody has in hand; returns how many."""
    rows = rows.filter(state=ReviewRequestState.WAITING)
    ids = list(
        rows.select_for_update(no_key=True, of=("self",))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if ids:
        ReviewRequest.objects.filter(pk__in=ids).update(state=ReviewRequestState.WITHDRAWN)
        acts = [audit.Act(f"reviewrequest:{pk}") for pk in ids]
        audit.record_many("review_not_wanted", acts, by=by)
    return len(ids)


def withdraw(row: ReviewRequest, *, by: Actor) -> None:
    """The review is no longer needed; one that is claimed goes on. The caller holds the lock."""
    if row.state == ReviewRequestState.WAITING:
        move(row, ReviewRequestState.WITHDRAWN, REVIEW_REQUEST_MOVES)
        audit.record("review_not_wanted", row, by=by)
