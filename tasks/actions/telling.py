"""What annotators are told about their work, and clients about their projects: a sentence and a
link, never task content.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.actions import notices
from accounts.states import Role
from payments.currencies import major
from tasks.models import Appeal, Assignment, Delivery, Project, Review
from tasks.states import AssignmentState


def returned(row: Assignment, review: Review) -> None:
    """A correction is asked for."""
    text = f"{row.project.name}: a correction is asked for ({review.get_category_display()})."
    _tell(row, "returned", text, f"/work/{row.pk}/")


def fixed(row: Assignment, review: Review) -> None:
    """An answer was accepted with a reviewer's edit; what was changed is on its page."""
    text = (
        f"{row.project.name}: an answer was accepted after a reviewer's edit "
        f"({review.get_category_display()})."
    )
    _tell(row, "fixed", text, f"/history/{row.pk}/")


def rejected(row: Assignment, review: Review) -> None:
    """An answer was rejected, and why is on its page."""
    text = f"{row.project.name}: an answer was rejected ({review.get_category_display()})."
    _tell(row, "rejected", text, f"/history/{row.pk}/")


def overturned(row: Assignment, why: str) -> None:
    """A rejection was found wrong, and the answer is paid."""
    text = f"{row.project.name}: a rejected answer is accepted after all, and paid. {why}"
    _tell(row, "overturned", text, f"/history/{row.pk}/")


def appeal_lost(row: Assignment, appeal: Appeal) -> None:
    """Another reviewer, who did not know the first verdict, came to the same one."""
    text = f"{row.project.name}: your appeal was not granted. {appeal.reason}"
    _tell(row, "appeal_lost", text, "/appeals/")


def event_undone(row: Assignment, why: str) -> None:
    """An event that had lowered a skill is taken back."""
    _tell(row, "appeal_won", f"{row.project.name}: your appeal was granted. {why}", "/skills/")


@dataclass(frozen=True, slots=True)
class Ended:
    """A claim that ran out: its state before, its annotator and its project's name."""

    id: uuid.UUID
    task_id: uuid.UUID
    was: str
    user_id: uuid.UUID
    project: str


def expired(rows: Sequence[Ended]) -> None:
    """The time for a task is over: one notice for each claim."""
    tellings = [notices.Telling(row.user_id, _over(row), f"/work/{row.id}/") for row in rows]
    notices.notify_many(kind="expired", tellings=tellings)


def called_off(rows: Sequence[tuple[Assignment, int]]) -> None:
    """The client has called the work off: why, and what is paid for it, one notice a claim."""
    tellings = [
        notices.Telling(row.annotator.user_id, _called_off(row, paid), f"/history/{row.pk}/")
        for row, paid in rows
    ]
    notices.notify_many(kind="called_off", tellings=tellings)


def _called_off(row: Assignment, paid: int) -> str:
    money = f" You are paid {major(paid, row.currency)} for it." if paid else ""
    why = f"{row.project.name}: the client has called this work off: “{row.cancel_reason}”"
    return f"{why}{money} What you wrote is kept."


def _over(row: Ended) -> str:
    what = "your correction" if row.was == AssignmentState.RETURNED else "a task"
    return f"{row.project}: the time for {what} is over. What you wrote is kept."


def _tell(row: Assignment, kind: str, text: str, link: str) -> None:
    notices.notify(user_id=row.annotator.user_id, kind=kind, text=text, link=link)


def delivered(row: Delivery) -> None:
    """A delivery is ready: those of the client who can do something with it."""
    text = f"{row.project.name}: delivery {row.number} is ready ({row.results} results)."
    link = f"/client/projects/{row.project_id}/deliveries/{row.number}/"
    managers(row.project, "delivery", text, link)


def widened(row: Project, tasks: int, rule: str) -> None:
    """A rule asks for one answer more: the client is told, since it is their money."""
    text = f"{row.name}: the rule “{rule}” asks one annotator more for {tasks} of your tasks."
    managers(row, "one_answer_more", text)


def managers(row: Project, kind: str, text: str, link: str = "") -> None:
    """Those of the client who can do something about it: owners and managers."""
    members = row.organization.memberships.filter(role__in=[Role.OWNER, Role.MANAGER])
    notices.publish(
        user_ids=members.values_list("user_id", flat=True),
        kind=kind,
        text=text,
        link=link or f"/client/projects/{row.pk}/",
    )
