"""The answers that count for a task."""

from collections.abc import Sequence

from django.db.models import QuerySet

from tasks.models import Submission, Task
from tasks.states import AssignmentState

# Those who stand by their answer: it is accepted, or nobody has judged it yet.
STANDING = (AssignmentState.SUBMITTED, AssignmentState.ACCEPTED)

# All that somebody has answered.
GIVEN = (*STANDING, AssignmentState.RETURNED, AssignmentState.REJECTED)


def accepted_answers(task: Task) -> list[Submission]:
    """The last version of each accepted answer of a task, in the order of their hand-in."""
    return _last(task, (AssignmentState.ACCEPTED,))


def rejected_answers(task: Task) -> list[Submission]:
    """The last version of each rejected answer, by their assignments (the order of locks)."""
    rows = _last(task, (AssignmentState.REJECTED,))
    return sorted(rows, key=lambda row: row.assignment_id)


def all_answers(task: Task) -> list[Submission]:
    """The last version of every answer, whatever became of it, in the order of their hand-in."""
    return _last(task, GIVEN)


def own_answers(task: Task) -> list[Submission]:
    """As `accepted_answers`, but what the annotator wrote last: a reviewer's edit says nothing of
    them."""
    rows = Submission.objects.filter(edited_by=None)
    return _last(task, (AssignmentState.ACCEPTED,), rows)


def standing_answers(task: Task) -> tuple[list[Submission], list[Submission]]:
    """The last version of each answer that is accepted or not judged yet, in the order of their
    hand-in; and those of them that are accepted. One statement.
    """
    standing = _last(task, STANDING)
    accepted = [row for row in standing if row.assignment.state == AssignmentState.ACCEPTED]
    return standing, accepted


def _last(
    task: Task, states: Sequence[AssignmentState], of: QuerySet[Submission] | None = None
) -> list[Submission]:
    rows = Submission.objects.all() if of is None else of
    rows = (
        rows.filter(task=task, assignment__state__in=states)
        .order_by("assignment_id", "-version")
        .distinct("assignment_id")
        .select_related("assignment")
    )
    return sorted(rows, key=lambda row: (row.submitted_at, row.pk))
