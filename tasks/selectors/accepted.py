"""The answers that count for a task."""

from tasks.models import Submission, Task
from tasks.states import AssignmentState


def accepted_answers(task: Task) -> list[Submission]:
    """The last version of each accepted answer of a task, in the order of their hand-in."""
    rows = (
        Submission.objects.filter(task=task, assignment__state=AssignmentState.ACCEPTED)
        .order_by("assignment_id", "-version")
        .distinct("assignment_id")
    )
    return sorted(rows, key=lambda row: (row.submitted_at, row.pk))
