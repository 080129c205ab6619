"""Disputed tasks, as the adjudication desk shows them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.core.errors import NotFound
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import Submission, Task
from tasks.states import AssignmentState, TaskState


@dataclass(frozen=True, slots=True)
class DisputedAnswer:
    """One accepted answer; the adjudicator sees no name."""

    submission: Submission
    answer: list[RenderedAnswer]


@dataclass(frozen=True, slots=True)
class DisputePage:
    """A disputed task with every accepted answer."""

    task: Task
    interface: Interface
    payload: dict[str, Any]
    fields: list[RenderedField]
    answers: list[DisputedAnswer]


def waiting() -> list[Task]:
    """The disputed tasks, oldest first."""
    return list(
        Task.objects.filter(state=TaskState.DISPUTED).select_related("project").order_by("id")[:200]
    )


def waiting_count() -> int:
    """How many tasks wait for an adjudicator."""
    return Task.objects.filter(state=TaskState.DISPUTED).count()


def page(task_id: UUID) -> DisputePage:
    """One disputed task; refuses `not_found` for any other."""
    task = (
        Task.objects.filter(pk=task_id, state=TaskState.DISPUTED).select_related("project").first()
    )
    if task is None:
        raise NotFound("disputed task")
    interface = Interface.parse(task.project.interface)
    accepted = (
        Submission.objects.filter(task=task, assignment__state=AssignmentState.ACCEPTED)
        .order_by("assignment_id", "-version")
        .distinct("assignment_id")
    )
    return DisputePage(
        task=task,
        interface=interface,
        payload=task.payload,
        fields=render_fields(interface, task.payload),
        answers=[
            DisputedAnswer(one, render_answer(interface, one.answer, task.payload))
            for one in accepted
        ],
    )
