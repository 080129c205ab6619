"""A project as its client looks at it, with its tasks as an annotator will see them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from marketplace.core.errors import NotFound
from tasks.interface.form import AnswerForm, answer_form
from tasks.interface.render import RenderedField, render_fields
from tasks.interface.spec import Interface
from tasks.models import Project, Task
from tasks.selectors import eligibility, estimate, forecast, guidelines, pay_words, progress, told
from tasks.selectors.eligibility import Stopped

MOST_TASKS = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """State, money, counts, the forecast, and the first 50 tasks. `strictest` is the rule that
    excludes most, where too few are eligible.
    """

    project: Project
    progress: progress.Progress
    forecast: forecast.Forecast
    estimate: estimate.Estimate
    strictest: Stopped | None
    tasks: Sequence[Task]
    pay: pay_words.Words


def overview(project: Project) -> Overview:
    """The page of a project that its reader was allowed to see."""
    tasks = list(project.tasks.order_by("pk")[:MOST_TASKS])
    expected = forecast.of(project, rules=False)
    rules = told.client_rules(eligibility.counts(project.pk).rules) if expected.too_few else []
    worst = max(rules, key=lambda one: one.stops, default=None)
    return Overview(
        project=project,
        progress=progress.project(project.pk),
        forecast=expected,
        estimate=estimate.of(project),
        strictest=worst if worst and worst.stops else None,
        tasks=tasks,
        pay=pay_words.of_project(project),
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """One task as an annotator sees it; the form is for looking at only."""

    project: Project
    interface: Interface
    payload: Mapping[str, Any]
    fields: Sequence[RenderedField]
    guideline: SafeString
    form: AnswerForm
    pay: pay_words.Words


def task(project: Project, task_id: uuid.UUID) -> Preview:
    """A task of the project, under its newest guideline; refuses `not_found`."""
    row = project.tasks.filter(pk=task_id).first()
    if row is None:
        raise NotFound("task")
    interface = Interface.load(project.interface)
    return Preview(
        project=project,
        interface=interface,
        payload=row.payload,
        fields=render_fields(interface, row.payload),
        guideline=guidelines.latest(project),
        form=answer_form(interface, row.payload),
        pay=pay_words.of_project(project),
    )
