"""May this reviewer take this answer? Asked under the task's lock, after the queue's filter."""

from accounts.selectors.reviewers import Reviewer
from marketplace.core.errors import Refused
from tasks.models import Assignment, ReviewRequest, Submission
from tasks.selectors import reviewable
from tasks.states import AssignmentState, ReviewKind, ReviewRequestState


def may_take(request: ReviewRequest, assignment: Assignment | None, who: Reviewer) -> None:
    """Refuse a request that this reviewer may not judge: `level_missing`, `not_open` (the client's
    rules), `own_work`, `own_circle`, `judged_before` (each 403); `taken` and `wrong_state` (409).
    """
    request.refresh_from_db(fields=["state"])
    if request.state != ReviewRequestState.WAITING:
        raise Refused("taken", "Another reviewer has this submission.")
    if who.level_in(request.project.domain_id) < request.level:
        raise Refused("level_missing", "Your qualification does not cover this.", status=403)
    if not who.staff and not _open_to(request, who):
        raise Refused("not_open", "This client's answers are not open to you.", status=403)
    _no_part(request, who)
    if request.kind == ReviewKind.FIRST and request.submission and assignment:
        _waits(request.submission, assignment)


def may_review_submission(submission: Submission, assignment: Assignment, who: Reviewer) -> None:
    """The same for a submission that staff pick, which may have no request yet."""
    request = ReviewRequest(
        kind=ReviewKind.FIRST,
        task_id=submission.task_id,
        submission=submission,
        project_id=assignment.project_id,
    )
    _no_part(request, who)
    _waits(submission, assignment)


def _open_to(request: ReviewRequest, who: Reviewer) -> bool:
    if who.annotator_id is None:
        return False
    return bool(reviewable.projects_open(who.annotator_id, request.project_id))


def _no_part(request: ReviewRequest, who: Reviewer) -> None:
    if reviewable.worked_on(who.user, request.task_id).exists():
        raise Refused(
            "own_work", "Nobody reviews a task they have worked on themselves.", status=403
        )
    if reviewable.tied(who.user, request).exists():
        raise Refused(
            "own_circle", "Somebody with no ties to its annotator reviews this.", status=403
        )
    if reviewable.judged(who.user, request):
        raise Refused("judged_before", "Somebody who has not judged it reads this.", status=403)


def _waits(submission: Submission, assignment: Assignment) -> None:
    last = assignment.submissions.order_by("version").last()
    if assignment.state != AssignmentState.SUBMITTED or last != submission:
        raise Refused("wrong_state", "This submission does not wait for a review.")
