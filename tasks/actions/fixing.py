"""A reviewer's fix: their edit becomes a new version of the answer; the work stays its author's."""

from marketplace.core import audit
from marketplace.core.actors import Actor
from tasks.actions.submissions import digest
from tasks.models import Assignment, Review, Submission


def fix(review: Review, row: Assignment, *, by: Actor) -> Submission:
    """Keep the edit as the next version, which from now on is what counts for the task.

    The caller has checked the edit, holds the locks, and accepts the assignment.
    """
    last = row.submissions.order_by("version").last()
    if last is None or review.answer is None:
        raise ValueError("A fix is an edit of an answer.")
    submission = Submission.objects.create(
        assignment=row,
        task_id=row.task_id,
        annotator_id=row.annotator_id,
        version=last.version + 1,
        answer=review.answer,
        digest=digest(review.answer),
        guideline_version=last.guideline_version,
        edited_by_id=review.reviewer_id,
    )
    review.fixed = submission
    review.save(update_fields=["fixed"])
    audit.record("fixed", row, by=by, submission=str(submission.pk), review=str(review.pk))
    return submission
