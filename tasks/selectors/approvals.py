"""How far a bulk approval is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from tasks.models import BulkApproval, BulkApprovalItem, Project, Submission
from tasks.models.approval import ApprovalState
from tasks.states import AssignmentState


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of answers, and those refused with their reasons, in the order of their ids."""

    approval: BulkApproval
    done: int
    refused: Sequence[BulkApprovalItem]

    @property
    def state(self) -> str:
        """`running` until nothing waits, then `done`."""
        return "done" if self.approval.finished_at else "running"


def progress(row: BulkApproval) -> Progress:
    """In two statements, whatever its size."""
    counts = dict(
        row.items.order_by().values_list("state").annotate(n=Count("pk")).values_list("state", "n")
    )
    refused = list(row.items.filter(state=ApprovalState.REFUSED).order_by("submission"))
    return Progress(row, counts.get(ApprovalState.DONE, 0), refused)


def waiting(project: Project) -> QuerySet[Submission]:
    """The answers of a project that wait for a verdict: the last version of each."""
    later = Submission.objects.filter(
        assignment=OuterRef("assignment"), version__gt=OuterRef("version")
    )
    return Submission.objects.filter(
        ~Exists(later), assignment__project=project, assignment__state=AssignmentState.SUBMITTED
    ).select_related("task", "annotator", "assignment")
