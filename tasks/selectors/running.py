"""What is under way in a project, and what it would cost to call it off now."""

from dataclasses import dataclass

from tasks.models import Assignment, Project
from tasks.selectors.kill_fee import kill_fee
from tasks.states import HELD, AssignmentState


@dataclass(frozen=True, slots=True)
class Running:
    """Claims in hand with the kill fees and platform fees due on them, and answers that wait for
    their verdict and would still be paid; minor units."""

    claims: int
    kill_minor: int
    waiting: int


def running(project: Project) -> Running:
    """As it is now, in two statements."""
    rows = Assignment.objects.filter(project=project).select_related("project")
    due = [kill_fee(row) for row in rows.filter(state__in=HELD)]
    return Running(
        claims=len(due),
        kill_minor=sum(one.amount_minor + one.fee_minor for one in due),
        waiting=rows.filter(state=AssignmentState.SUBMITTED).count(),
    )
