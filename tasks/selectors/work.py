"""What an annotator sees of work: what is open to them, what they hold, and the page of a task."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from accounts.models import AnnotatorProfile
from tasks.interface.render import RenderedField, render_fields
from tasks.interface.spec import Interface
from tasks.matching import sql
from tasks.matching.instant import CIRCLE, EXPIRED_AGAIN, NOT_MINE, PROJECT_RULES
from tasks.matching.score import AGEING, DEADLINE, ORDER
from tasks.models import Assignment, Project, Review
from tasks.selectors import eligibility, pay_words, price_news, reasons
from tasks.selectors.ended import is_over
from tasks.selectors.guidelines import rendered
from tasks.selectors.reasons import Reason
from tasks.states import (
    ENDED,
    HELD,
    LIVE,
    AssignmentState,
    GoldState,
    ProjectState,
    ReviewKind,
    TaskState,
)

MOST_OPENINGS = 50
MOST_COUNTED = 1000
_PARTS = ("newcomer", "quality", "fit", "cost", "fairness", "exploration", "deadline", "ageing")
_OPENINGS = f"""
SELECT candidate.project_id, least(work.tasks + gold.tasks, %(most)s), candidate.newcomer,
       candidate.quality, candidate.fit, candidate.cost, candidate.fairness, candidate.exploration,
       {DEADLINE}, {AGEING},
       {sql.each(PROJECT_RULES)}
  FROM tasks_candidate candidate
  JOIN tasks_project project ON project.id = candidate.project_id
  JOIN accounts_annotatorprofile annotator ON annotator.id = candidate.annotator_id
  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
 CROSS JOIN LATERAL (
     SELECT count(*) AS tasks FROM (
         SELECT 1 FROM tasks_task task
          WHERE task.project_id = project.id AND task.state = 'open' AND {{not_mine}}
          LIMIT %(most)s) AS first
 ) work
 CROSS JOIN LATERAL (
     SELECT count(*) AS tasks FROM (
         SELECT 1 FROM tasks_gold known JOIN tasks_task task ON task.id = known.task_id
          WHERE known.project_id = project.id AND known.state = 'active' AND {{not_mine}}
            AND (SELECT count(*) FROM tasks_assignment tried
                  WHERE tried.task_id = task.id AND tried.annotator_id = %(annotator)s
                    AND tried.state IN ('expired', 'released')) < project.setbacks_allowed
          LIMIT %(most)s) AS first
 ) gold
 WHERE candidate.annotator_id = %(annotator)s AND project.state = 'active' AND work.tasks > 0
 ORDER BY {ORDER}
 LIMIT %(openings)s
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """A project with work for this annotator, before anything is claimed.

    `open_tasks` counts at most 1,000, gold among them: a count that a claim of gold left as it was
    would tell which it had been. `funded` is false while the client's money is used up.
    `stopped` is the sentence of a cap that stands in the way at this moment, or empty. `reasons`
    say why it stands where it stands in the list. `pay` is what a claim would pay them now; `news`
    says that it changed lately, or is empty.
    """

    project: Project
    open_tasks: int
    funded: bool
    stopped: str
    reasons: Sequence[Reason]
    pay: pay_words.Words
    news: str


def openings(annotator_id: uuid.UUID) -> list[Opening]:
    """Up to 50 projects with open tasks for the annotator, in the order of their claims."""
    annotator = AnnotatorProfile.objects.get(pk=annotator_id)
    values: dict[str, Any] = {
        "annotator": annotator_id,
        "user": annotator.user_id,
        "most": MOST_COUNTED,
        "openings": MOST_OPENINGS,
    }
    with connection.cursor() as cursor:
        not_mine = NOT_MINE.format(
            annotator="%(annotator)s", user="%(user)s", component=CIRCLE, again=EXPIRED_AGAIN
        )
        cursor.execute(_OPENINGS.replace("{not_mine}", not_mine), values)
        found = cursor.fetchall()
    projects = Project.objects.select_related("domain").in_bulk([row[0] for row in found])
    pay, news = (
        pay_words.of_openings(projects.values(), annotator),
        price_news.of(projects.values()),
    )
    return [
        Opening(
            projects[pk],
            tasks,
            funded=projects[pk].funds_short_at is None,
            stopped=_stopped(json.loads(moment)),
            reasons=reasons.of(projects[pk], dict(zip(_PARTS, map(float, parts), strict=True))),
            pay=pay[pk],
            news=news.get(pk, ""),
        )
        for pk, tasks, *parts, moment in found
    ]


def _stopped(moment: Mapping[str, Any]) -> str:
    """Why a claim of this project would be refused just now; empty if it would not."""
    broken = (rule for rule in PROJECT_RULES if not moment[rule.code]["holds"])
    rule = next(broken, None)
    return eligibility.sentence(rule, moment[rule.code]["fact"]) if rule else ""


def held(annotator_id: uuid.UUID) -> QuerySet[Assignment]:
    """The annotator's open claims and corrections, the most urgent first."""
    return (
        Assignment.objects.filter(annotator_id=annotator_id, state__in=HELD)
        .select_related("project", "task")
        .order_by("leased_until")
    )


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything the task page shows.

    `pay` is what it pays, `so_far` what an hourly one has earned. `answer` is what was written
    last: a draft, or a text that came too late. `correction` is the review that asks for one, and
    `correction_pay` whether it is paid.
    `reclaimable`: the claim is over and its slot still free.
    """

    assignment: Assignment
    project: Project
    interface: Interface
    payload: Mapping[str, Any]
    fields: Sequence[RenderedField]
    guideline: SafeString
    answer: Mapping[str, Any]
    correction: Review | None
    reclaimable: bool
    pay: pay_words.Words
    so_far: str
    correction_pay: str


def page(assignment: Assignment) -> WorkPage:
    """The page of an assignment that its reader was allowed to see."""
    project, payload = assignment.project, assignment.task.payload
    interface = Interface.load(project.interface)
    over = is_over(assignment)
    return WorkPage(
        assignment=assignment,
        project=project,
        interface=interface,
        payload=payload,
        fields=render_fields(interface, payload),
        guideline=rendered(project, assignment.guideline_version),
        answer=_written(assignment, over=over),
        correction=_correction(assignment),
        reclaimable=over and _slot_is_free(assignment),
        pay=pay_words.of_claim(assignment),
        so_far=pay_words.so_far(assignment.quote, assignment.active_seconds, assignment.currency),
        correction_pay=pay_words.of_correction(assignment),
    )


def _written(assignment: Assignment, *, over: bool) -> Mapping[str, Any]:
    late = None
    if over:
        late = assignment.late.order_by("-pk").values_list("answer", flat=True).first()
    return late or assignment.draft or {}


def _correction(assignment: Assignment) -> Review | None:
    if assignment.state != AssignmentState.RETURNED:
        return None
    return (
        Review.objects.filter(submission__assignment=assignment, kind=ReviewKind.FIRST)
        .order_by("-submission__version")
        .first()
    )


def _slot_is_free(assignment: Assignment) -> bool:
    """The task has a slot for another claim of this annotator; one that ran out and is not swept
    yet leaves its own. One statement, whatever the task is: how long a page takes tells nothing.
    """
    task, allowed = assignment.task, assignment.project.setbacks_allowed
    if assignment.project.state != ProjectState.ACTIVE:
        return False
    own = Assignment.objects.filter(task=task, annotator_id=assignment.annotator_id)
    claims = list(own.values_list("pk", "state", "task__known__state"))
    if any(state in LIVE and pk != assignment.pk for pk, state, _ in claims):
        return False
    unswept = assignment.state in HELD
    if task.state == TaskState.GOLD:  # it has no slots: free as for somebody who is alone with it
        ended = sum(state in ENDED for _, state, _ in claims) + unswept
        return ended < allowed and all(known == GoldState.ACTIVE for _, _, known in claims)
    if unswept and task.setbacks + 1 >= allowed:
        return False  # its end will take the task out of the queue
    return task.state == TaskState.OPEN or (unswept and task.state != TaskState.ATTENTION)
