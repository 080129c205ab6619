"""Disputed tasks, and the page on which one is decided."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from marketplace.core.errors import NotFound
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import Submission, Task
from tasks.selectors.accepted import accepted_answers
from tasks.states import TaskState


def waiting() -> QuerySet[Task]:
    """The disputed tasks, oldest first."""
    rows = Task.objects.filter(state=TaskState.DISPUTED).select_related("project")
    return rows.order_by("created_at", "pk")


def waiting_count() -> int:
    """How many tasks are disputed."""
    return Task.objects.filter(state=TaskState.DISPUTED).count()


@dataclass(frozen=True, slots=True)
class DisputedAnswer:
    """One accepted answer, without its annotator's name."""

    submission: Submission
    answer: Sequence[RenderedAnswer]


@dataclass(frozen=True, slots=True)
class DisputePage:
    """A task with all its accepted answers side by side."""

    task: Task
    interface: Interface
    payload: Mapping[str, Any]
    fields: Sequence[RenderedField]
    answers: Sequence[DisputedAnswer]


def page(task_id: uuid.UUID) -> DisputePage:
    """The page of one task; refuses `not_found`."""
    task = Task.objects.select_related("project").filter(pk=task_id).first()
    if task is None:
        raise NotFound("task")
    interface = Interface.load(task.project.interface)
    return DisputePage(
        task=task,
        interface=interface,
        payload=task.payload,
        fields=render_fields(interface, task.payload),
        answers=[
            DisputedAnswer(row, render_answer(interface, row.answer, task.payload))
            for row in accepted_answers(task)
        ],
    )
