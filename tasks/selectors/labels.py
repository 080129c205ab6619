"""The answers of a project as labels, and which projects have so many new ones that they should be
measured again."""

import json
import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks.interface.ballots import Ballot
from tasks.interface.spec import Interface
from tasks.interface.voting import VOTABLE
from tasks.models import Gold, Project
from tasks.quality.labels import Ints, LabelTable, label_table
from tasks.states import AssignmentState, GoldState

# The newest answers of a project that a fit reads: more would not fit into a job's time.
MOST_ANSWERS = 100_000
# So many new answers make a fit worth while: at least these, and a part of those of the last one.
LEAST_NEW = 20
PART_NEW = 0.2
STANDING = (AssignmentState.SUBMITTED, AssignmentState.ACCEPTED)

# An annotator's own last version: what a reviewer made of it says nothing of the annotator. Of
# tasks with a known answer those are left out that count for nobody.
_ANSWERS = """
SELECT made.task_id, made.annotator_id, own.answer
  FROM (SELECT id, task_id, annotator_id FROM tasks_assignment
         WHERE project_id = %(project)s AND submitted_at IS NOT NULL
           AND state = ANY(%(states)s)
         ORDER BY submitted_at DESC LIMIT %(most)s) made
 CROSS JOIN LATERAL (
     SELECT answer FROM tasks_submission WHERE assignment_id = made.id AND edited_by_id IS NULL
      ORDER BY version DESC LIMIT 1) own
 WHERE NOT EXISTS (
     SELECT 1 FROM tasks_gold gold
      WHERE gold.task_id = made.task_id AND (gold.training OR gold.state <> 'active'))
"""
_STALE = """
SELECT project.id
  FROM tasks_project project
 CROSS JOIN LATERAL (
     SELECT min(fitted_at) AS at, coalesce(max(labels), 0) AS labels
       FROM tasks_questionmodel WHERE project_id = project.id) last
 CROSS JOIN LATERAL (
     SELECT greatest(%(least)s, ceil(%(part)s * last.labels))::int AS least) enough
 WHERE project.state IN ('active', 'paused')
   AND (%(project)s::uuid IS NULL OR project.id = %(project)s)
   AND jsonb_path_exists(project.interface, '$.questions[*] ? (@.type == $kinds[*])', %(kinds)s)
   AND (project.overlap > 1 OR project.max_overlap > 1
        OR EXISTS (SELECT 1 FROM tasks_gold gold WHERE gold.project_id = project.id))
   AND (enough.least = (
            SELECT count(*) FROM (
                SELECT 1 FROM tasks_assignment made
                 WHERE made.project_id = project.id
                   AND made.submitted_at > coalesce(last.at, '-infinity') LIMIT enough.least) new)
        OR EXISTS (SELECT 1 FROM tasks_gold gold
                    WHERE gold.project_id = project.id AND gold.made_at > last.at))
 ORDER BY last.at NULLS FIRST
 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answered which task how, the questions each was shown, and the known answers."""

    interface: Interface
    rows: Sequence[tuple[uuid.UUID, uuid.UUID, Mapping[str, Any]]]
    shown: Sequence[frozenset[str]]
    gold: Mapping[uuid.UUID, Mapping[str, Any]]

    def table(self, ballot: Ballot) -> tuple[LabelTable, Ints]:
        """One choice as a table of labels, with the known class of each task (or UNKNOWN)."""
        name = ballot.question.name
        triples = [
            (task_id, annotator_id, label)
            for (task_id, annotator_id, answer), shown in zip(self.rows, self.shown, strict=True)
            if name in shown and (label := ballot.label(answer)) in ballot.classes
        ]
        known: dict[Hashable, Hashable] = {
            task_id: ballot.label(answer)
            for task_id, answer in self.gold.items()
            if ballot.question in self.interface.shown(answer)
            and ballot.label(answer) in ballot.classes
        }
        table = label_table(triples, classes=ballot.classes)
        return table, table.known(known)


def answers(project: Project, *, rejected: bool = False) -> Answers:
    """The newest answers that are accepted or not judged yet, and the gold that counts.

    `rejected`: rejected ones as well, where it matters who made which mistake.
    """
    states = [
        str(state) for state in (*STANDING, *([AssignmentState.REJECTED] if rejected else []))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, {"project": project.pk, "most": MOST_ANSWERS, "states": states})
        rows = [(row[0], row[1], _parsed(row[2])) for row in cursor.fetchall()]
    interface = Interface.load(project.interface)
    gold = Gold.objects.filter(project=project, state=GoldState.ACTIVE, training=False)
    return Answers(
        interface,
        rows,
        [frozenset(question.name for question in interface.shown(row[2])) for row in rows],
        dict(gold.values_list("task_id", "answer")),
    )


def stale_projects(project_id: uuid.UUID | None = None, *, most: int = 50) -> list[uuid.UUID]:
    """Projects at work that can be voted on and have new gold, or enough new answers since they
    were last measured; only the one that is named, if one is.
    """
    values = {
        "project": project_id,
        "most": most,
        "least": LEAST_NEW,
        "part": PART_NEW,
        "kinds": json.dumps({"kinds": VOTABLE}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STALE, values)
        return [row[0] for row in cursor.fetchall()]


def _parsed(answer: Any) -> Mapping[str, Any]:
    """Raw cursors hand JSON over as text."""
    found: Mapping[str, Any] = json.loads(answer) if isinstance(answer, str) else answer
    return found
