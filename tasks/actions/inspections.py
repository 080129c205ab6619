"""Inspections: what a reviewer found of a result in a lot, and what becomes of the result."""

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions import revisions
from tasks.models import LotItem, Result, Review, Task
from tasks.states import TASK_MOVES, ResultSource, TaskState, Verdict


def decided(review: Review, *, by: Actor) -> None:
    """Write down whether the result was right, mend it or send it to an adjudicator.

    With a fix the reviewer's answer becomes the result; any other verdict but acceptance disputes
    the task. The caller is in the transaction of the review and holds the task's lock.
    """
    item = (
        LotItem.objects.select_for_update(no_key=True)
        .filter(request=review.assignment.request_id, defect__isnull=True)
        .first()
    )
    if item is None:
        return
    item.review = review
    item.defect = review.verdict != Verdict.ACCEPT
    item.save(update_fields=["review", "defect"])
    audit.record("inspected", review, by=by, task=str(item.task_id), defect=item.defect)
    if item.defect:
        _mend(review, by)
    outbox.enqueue("tasks.advance_lot", lot_id=str(item.lot_id))


def _mend(review: Review, by: Actor) -> None:
    task = Task.objects.select_for_update(no_key=True).get(pk=review.task_id)
    if task.state != TaskState.CONCLUDED:
        return
    if review.verdict == Verdict.FIX:
        result = Result.objects.select_for_update(no_key=True).get(task=task)
        revisions.revise(
            result, answer=review.answer, source=ResultSource.REVIEW, why=review.text, by=by
        )
        return
    move(task, TaskState.DISPUTED, TASK_MOVES)
    audit.record("disputed", task, by=by, reason=review.text, review=str(review.pk))
