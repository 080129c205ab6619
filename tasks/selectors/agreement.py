"""How far annotators agree: every question by itself, in all and by the parts of the work."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection

from tasks.interface.ballots import LEFT_OUT, Ballot, ballots
from tasks.interface.spec import Interface
from tasks.models import Project
from tasks.models.delivery import LONGEST_PART, WHOLE
from tasks.quality.agreement import Coefficient, Level, agreement
from tasks.quality.labels import label_table

COEFFICIENTS = ("raw", "alpha", "ac1", "fleiss", "cohen")
# The newest answers that a project's page reads, and for how long it shows the same figures.
MOST_ANSWERS = 20_000
KEPT_SECONDS = 300
# An annotator's own last version of an accepted answer.
_OWN = """
SELECT made.task_id, made.annotator_id, own.answer,
       coalesce(nullif(left(btrim(task.payload ->> %(field)s), %(longest)s), ''), %(whole)s)
  FROM tasks_assignment made JOIN tasks_task task ON task.id = made.task_id
 CROSS JOIN LATERAL (
     SELECT answer FROM tasks_submission WHERE assignment_id = made.id AND edited_by_id IS NULL
      ORDER BY version DESC LIMIT 1) own
 WHERE made.project_id = %(project)s AND made.state = 'accepted' AND task.state <> 'gold'
   AND (%(delivery)s::uuid IS NULL OR EXISTS (
        SELECT 1 FROM tasks_lotitem item
         WHERE item.task_id = task.id AND item.delivery_id = %(delivery)s))
 ORDER BY made.submitted_at DESC, made.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Own:
    """An annotator's accepted answer to a task of a part."""

    task: uuid.UUID
    annotator: uuid.UUID
    answer: Mapping[str, Any]
    part: str


def own_answers(
    project: Project, *, delivery: uuid.UUID | None = None, most: int = 1_000_000
) -> list[Own]:
    """The accepted answers of a project's tasks, or of a delivery's, as annotators gave them."""
    values = {
        "project": project.pk,
        "delivery": delivery,
        "field": project.subcategory_field,
        "longest": LONGEST_PART,
        "whole": WHOLE,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWN, values)
        return [
            Own(task, who, json.loads(answer) if isinstance(answer, str) else answer, part)
            for task, who, answer, part in cursor.fetchall()
        ]


def measure(interface: Interface, rows: Sequence[Own]) -> list[dict[str, Any]]:
    """Five coefficients with their 95 % intervals for each choice: of all tasks (`part` null), and
    of each part where there are several.
    """
    parts = sorted({row.part for row in rows})
    groups: list[tuple[str | None, Sequence[Own]]] = [(None, rows)]
    if len(parts) > 1:
        groups += [(part, [row for row in rows if row.part == part]) for part in parts]
    shown = {id(row): {q.name for q in interface.shown(row.answer)} for row in rows}
    return [
        {"question": name, **_said(one), "part": part, **_coefficients(one, mine, shown)}
        for name, those in ballots(interface).items()
        for one in those
        for part, mine in groups
    ]


def _said(one: Ballot) -> dict[str, Any]:
    option = None if one.place is None else str(one.question.values[one.place])
    return {"title": one.question.title, "option": option}


def _coefficients(
    one: Ballot, rows: Iterable[Own], shown: Mapping[int, set[str]]
) -> dict[str, Any]:
    triples = [
        (row.task, row.annotator, label)
        for row in rows
        if one.question.name in shown[id(row)] and (label := one.label(row.answer)) in one.classes
    ]
    ranked = one.question.type == "rating" and LEFT_OUT not in one.classes
    level = Level.ORDINAL if ranked else Level.NOMINAL
    found = agreement(label_table(triples, classes=one.classes), level)
    values = {name: as_data(getattr(found, name)) for name in COEFFICIENTS}
    return {"level": level.value, "tasks": found.tasks, "pairs": found.pairs, **values}


def as_data(one: Coefficient) -> dict[str, Any]:
    """A coefficient as JSON."""
    why = one.why.value if one.why else None
    return {"value": one.value, "lower": one.lower, "upper": one.upper, "why": why}


def of_project(project: Project) -> list[dict[str, Any]]:
    """The agreement on the newest answers of a project, five minutes old at most."""
    key = f"agreement:{project.pk}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        rows = own_answers(project, most=MOST_ANSWERS)
        found = measure(Interface.load(project.interface), rows)
        cache.set(key, found, KEPT_SECONDS)
    return found
