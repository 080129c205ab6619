"""Why (not): every rule between an annotator and a project or a task, and who could do a project.

This page holds all facts, for staff. What annotators and clients are told of them is
`tasks.selectors.told`.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.models import AnnotatorProfile
from marketplace.core.errors import NotFound
from tasks.matching import sql
from tasks.matching.rules import PAIR_RULES
from tasks.matching.task_rules import TASK_RULES
from tasks.models import Candidate, Matching, Project, Task
from tasks.selectors import eligibility
from tasks.selectors.eligibility import Counts, Finding

MOST_CANDIDATES = 50
_STANDING = frozenset(rule.code for rule in PAIR_RULES)
_TASK = f"""
SELECT {sql.each(TASK_RULES)}
  FROM tasks_task task
  JOIN tasks_project project ON project.id = task.project_id
 CROSS JOIN accounts_annotatorprofile annotator
  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
  LEFT JOIN tasks_candidate candidate
    ON candidate.project_id = project.id AND candidate.annotator_id = annotator.id
 WHERE task.id = %(task)s AND annotator.id = %(annotator)s"""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Every rule for one pair: `standing` is kept as candidate rows, `moment` is asked in the claim
    (the project's, then the annotator's own caps), `of_task` is empty without a task.

    `candidate` has the parts of the score; None for who is no candidate.
    """

    annotator: AnnotatorProfile
    project: Project
    task: Task | None
    standing: Sequence[Finding]
    moment: Sequence[Finding]
    of_task: Sequence[Finding]
    candidate: Candidate | None

    @property
    def findings(self) -> list[Finding]:
        """All of them, in the order in which they are asked."""
        return [*self.standing, *self.moment, *self.of_task]

    @property
    def broken(self) -> list[Finding]:
        """Those that stop the annotator; empty where they may claim."""
        return [one for one in self.findings if not one.holds]


def why_not(
    annotator_id: uuid.UUID, project_id: uuid.UUID, task_id: uuid.UUID | None = None
) -> WhyNot:
    """Each rule between an annotator and a project, and a task of it; refuses unknown ones."""
    annotator = AnnotatorProfile.objects.select_related("user").filter(pk=annotator_id).first()
    project = Project.objects.select_related("organization", "domain").filter(pk=project_id).first()
    task = None
    if task_id is not None:
        task = Task.objects.filter(pk=task_id, project_id=project_id).first()
    if annotator is None or project is None or (task_id is not None and task is None):
        raise NotFound("annotator, project or task")
    pair = eligibility.of_pair(annotator_id, project_id)
    return WhyNot(
        annotator=annotator,
        project=project,
        task=task,
        standing=[one for one in pair if one.rule.code in _STANDING],
        moment=[
            *[one for one in pair if one.rule.code not in _STANDING],
            *eligibility.of_moment(annotator_id),
        ],
        of_task=_of_task(annotator_id, task) if task else [],
        candidate=Candidate.objects.filter(
            annotator_id=annotator_id, project_id=project_id
        ).first(),
    )


def _of_task(annotator_id: uuid.UUID, task: Task) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_TASK, {"task": task.pk, "annotator": annotator_id})
        (found,) = cursor.fetchone()
    facts = {code: (one["holds"], one["fact"]) for code, one in json.loads(found).items()}
    return [Finding(rule, *facts[rule.code]) for rule in TASK_RULES]


@dataclass(frozen=True, slots=True)
class WhoCould:
    """What each rule of a project does among all annotators, and the best of who remains.

    `matching` is what the last refresh found, None before the first.
    """

    project: Project
    counts: Counts
    matching: Matching | None
    best: Sequence[Candidate]


def who_could(project_id: uuid.UUID) -> WhoCould:
    """Looks at every annotator: not for a page that is shown often. Refuses an unknown project."""
    project = Project.objects.select_related("organization", "domain").filter(pk=project_id).first()
    if project is None:
        raise NotFound("project")
    rows = Candidate.objects.filter(project=project).select_related("annotator__user")
    return WhoCould(
        project=project,
        counts=eligibility.counts(project_id),
        matching=Matching.objects.filter(project=project).first(),
        best=list(rows.order_by("-score", "annotator_id")[:MOST_CANDIDATES]),
    )
