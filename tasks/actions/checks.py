"""The check after a hand-in: does a reviewer look at it, or is it accepted at once?"""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef

from marketplace.core import outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from tasks.actions import gold, requests, signs, verdicts
from tasks.actions.draws import drawn
from tasks.actions.locking import lock_assignment
from tasks.models import Gold, ReviewAssignment, ReviewRequest, Submission
from tasks.selectors import review_boosts, review_shares
from tasks.selectors.reviewable import TAKEN
from tasks.states import AssignmentState, ReviewKind

LATE = dt.timedelta(hours=1)
BATCH = 200


def needs_review(submission: Submission, extra: int = 0) -> bool:
    """Training is paid whatever the answer: nobody judges it. A corrected answer is always looked
    at; a first one if it is in the sample, by the project's plan,
    by what a rule asks for, and by `extra` points of a hundred for signs of borrowing.

    A correction whose time ran out and that was claimed again is the first version of a new
    assignment, which has taken over the count of returns.
    """
    if Gold.objects.filter(pk=submission.task_id, training=True).exists():
        return False
    assignment = submission.assignment
    corrected = submission.version > 1 or assignment.returns > 0
    if corrected:
        return True
    share = review_shares.percent(assignment.project, submission.annotator_id)
    boost = review_boosts.percent(submission.annotator_id, assignment.project)
    return drawn(submission.pk, min(max(share, boost) + extra, 100), "review")


@transaction.atomic
def check(*, submission_id: uuid.UUID, by: Actor) -> bool:
    """Score an answer to a gold task; accept a submission that is not in the sample, and say so.

    One that is in the sample, or that a reviewer has in hand, waits for its verdict. Running again
    does nothing.
    """
    submission = (
        Submission.objects.select_related("assignment__project", "task__project")
        .filter(pk=submission_id)
        .first()
    )
    row = lock_assignment(submission.assignment_id) if submission else None
    if submission is not None and row is not None:
        gold.score(submission, by=by)
    if submission is None or row is None or row.state != AssignmentState.SUBMITTED:
        return False
    found = signs.gather(submission, by=by)
    if needs_review(submission, found.extra_percent if found else 0):
        _ask(submission, by)
        outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
        return False
    claims = ReviewAssignment.objects.filter(submission=submission, state__in=TAKEN)
    if claims.filter(request__kind=ReviewKind.FIRST).exists():
        return False
    requests.withdraw_unread([submission.pk], by=by)
    verdicts.accept(row, by=by)
    return True


def _ask(submission: Submission, by: Actor) -> None:
    """A first reading, and for a share of them a second one by somebody else, in any order."""
    requests.ask(kind=ReviewKind.FIRST, submission=submission, by=by)
    if drawn(submission.pk, submission.task.project.second_percent, "second"):
        requests.ask(kind=ReviewKind.SECOND, submission=submission, by=by)


def promise_overdue(*, by: Actor) -> int:
    """Promise anew the check of up to 200 answers that are an hour old and neither accepted nor
    wait for a reader: their job failed for good, or was lost. Returns how many.
    """
    newer = Submission.objects.filter(
        assignment=OuterRef("assignment"), version__gt=OuterRef("version")
    )
    wanted = ReviewRequest.objects.filter(submission=OuterRef("pk"), kind=ReviewKind.FIRST)
    rows = Submission.objects.filter(
        ~Exists(newer),
        ~Exists(wanted),
        assignment__state=AssignmentState.SUBMITTED,
        assignment__submitted_at__lte=after(-LATE),
    )
    ids = rows.order_by("assignment__submitted_at").values_list("pk", flat=True)[:BATCH]
    promises = [{"submission_id": str(pk)} for pk in ids]
    return outbox.promise_again("tasks.check_submission", promises, by=by)
