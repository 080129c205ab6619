"""Measuring a project: its questions are fitted anew, and tasks that wait for an answer or an
adjudicator are weighed again by what was learned.

Reckoning takes seconds and holds no transaction; the outcome is written in one.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from marketplace.core import clock, outbox
from tasks.interface.ballots import Ballot, ballots
from tasks.models import AnnotatorModel, Project, QuestionModel
from tasks.quality.fitting import Fitted, fit
from tasks.quality.labels import Floats, LabelTable
from tasks.quality.truth.choice import MAJORITY
from tasks.selectors import labels
from tasks.states import TaskState

# What gold is asked to support where the client names no target.
USUAL_TARGET = 0.95
MOST_WEIGHED = 500
BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Measured:
    """One choice of one question, fitted to this table."""

    ballot: Ballot
    table: LabelTable
    found: Fitted


def fit_project(*, project_id: uuid.UUID) -> int:
    """Fit every question of a project that has enough new answers; how many were fitted.

    Does nothing for a project that was measured since, or that has nothing to be voted on.
    """
    if not labels.stale_projects(project_id):
        return 0
    moment = clock.now()  # answers that come in while we reckon are new to what we find
    project = Project.objects.get(pk=project_id)
    measured = list(_measure(project))
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project_id)
        _write(project, measured, moment)
        _weigh_again(project)
    return len(measured)


@transaction.atomic
def fit_stale() -> int:
    """Promise to measure the projects that have enough new answers; how many there are."""
    promises = [{"project_id": str(pk)} for pk in labels.stale_projects()]
    outbox.enqueue_many("tasks.fit_project", promises)
    return len(promises)


def _measure(project: Project) -> Iterator[_Measured]:
    answers = labels.answers(project)
    target = project.target_confidence or USUAL_TARGET
    for choices in ballots(answers.interface).values():
        for ballot in choices:
            table, gold = answers.table(ballot)
            if table.size:
                found = fit(table, gold, usual=project.overlap, target=target)
                yield _Measured(ballot, table, found)


def _write(project: Project, measured: list[_Measured], moment: dt.datetime) -> None:
    """In place of what was known before; a question that nobody was shown any more goes."""
    names = [one.ballot.key for one in measured]
    QuestionModel.objects.filter(project=project).exclude(question__in=names).delete()
    for one in measured:
        row, _made = QuestionModel.objects.update_or_create(
            project=project, question=one.ballot.key, defaults=_columns(one, moment)
        )
        row.annotators.all().delete()
        AnnotatorModel.objects.bulk_create(_annotators(row, one), batch_size=BATCH)


def _columns(one: _Measured, moment: dt.datetime) -> dict[str, Any]:
    found = one.found
    return {
        "method": found.choice.method,
        "weights": found.choice.kept,
        "classes": list(one.ballot.classes),
        "prior": {name: _plain(made.prior) for name, made in found.estimates.items()},
        "stranger": {name: _plain(made.stranger) for name, made in found.estimates.items()},
        "calibration": found.calibration.as_data() if found.calibration else None,
        "ece_raw": found.ece_raw,
        "ece_calibrated": found.ece_calibrated,
        "reliability": [asdict(one) for one in found.reliability],
        "held_out": [{**asdict(one), "task": str(one.task)} for one in found.held_out],
        "supported": found.accept_from is not None,
        "accept_from": found.accept_from,
        "why": found.why,
        "labels": one.table.size,
        "gold_tasks": found.gold,
        "fitted_at": moment,
    }


def _annotators(row: QuestionModel, one: _Measured) -> Iterator[AnnotatorModel]:
    given = np.bincount(one.table.annotator, minlength=len(one.table.annotators))
    for place, annotator_id in enumerate(one.table.annotators):
        yield AnnotatorModel(
            question_model=row,
            annotator_id=uuid.UUID(str(annotator_id)),
            confusion={
                name: _plain(made.confusion[place])
                for name, made in one.found.estimates.items()
                if name != MAJORITY
            },
            answers=int(given[place]),
        )


def _plain(chances: Floats) -> Any:
    return np.round(chances, 6).tolist()


def _weigh_again(project: Project) -> None:
    """Tasks for which the new measure may change what is done: up to 500, those first that were
    weighed longest ago, so that all are reached in turn."""
    if project.target_confidence is None:
        return
    once_more = Q(state=TaskState.OPEN, overlap__gt=project.overlap)
    rows = project.tasks.filter(once_more | Q(state=TaskState.DISPUTED), belief__isnull=False)
    ids = rows.order_by("belief__updated_at", "pk").values_list("pk", flat=True)[:MOST_WEIGHED]
    outbox.enqueue_many("tasks.weigh_task", [{"task_id": str(pk)} for pk in ids])
