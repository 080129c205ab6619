"""What experts who are eligible for a project have got done lately: the base of forecasts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from tasks.matching import sql
from tasks.matching.pace import Expert
from tasks.matching.rules import PAIR_RULES, within
from tasks.matching.score import ACTIVE, LEAST_SHARE
from tasks.models import Project, Task
from tasks.states import ProjectState, TaskState

# An assumption, said wherever it is used: an expert who is at work and has handed in nothing in the
# last two weeks gives an hour a day.
MINUTES_A_DAY = 60

_KEPT = """
    SELECT candidate.annotator_id AS id FROM tasks_candidate candidate
     WHERE candidate.project_id = %(project)s"""
# Those of whom a domain lies in the project's are few of all: found by index, before the rules.
BY_RULES = f"""
    SELECT annotator.id
      FROM (SELECT DISTINCT declared.annotatorprofile_id AS annotator_id
              FROM tasks_project project
              JOIN accounts_domain node ON {within("node.path", "project.domain_id")}
              JOIN accounts_annotatorprofile_domains declared ON declared.domain_id = node.path
             WHERE project.id = %(project)s) likely
      JOIN accounts_annotatorprofile annotator ON annotator.id = likely.annotator_id
      JOIN tasks_project project ON project.id = %(project)s
     WHERE {sql.all_hold(PAIR_RULES)}"""
# What is handed in counts with the minutes its project expects: in the measure of what is left.
_PACES = f"""
WITH who AS MATERIALIZED ({{who}}
), busy AS MATERIALIZED (
    SELECT project.id FROM tasks_project project
     WHERE project.state = 'active' AND project.funds_short_at IS NULL
       AND project.id <> %(project)s
       AND EXISTS (SELECT 1 FROM tasks_task task
                    WHERE task.project_id = project.id AND task.state = 'open'))
SELECT annotator.id,
       greatest(annotator.created_at, past.last) > core_now() - interval '{ACTIVE.days} days',
       past.minutes::float / greatest(1.0, extract(epoch FROM least(
           core_now() - annotator.created_at, interval '{ACTIVE.days} days')) / 86400),
       mine.claims,
       elsewhere.projects
  FROM who
  JOIN accounts_annotatorprofile annotator ON annotator.id = who.id
 CROSS JOIN LATERAL (
     SELECT max(work.claimed_at) AS last,
            coalesce(sum(job.expected_minutes) FILTER (WHERE work.submitted_at IS NOT NULL), 0)
                AS minutes
       FROM tasks_assignment work JOIN tasks_project job ON job.id = work.project_id
      WHERE work.annotator_id = annotator.id
        AND work.claimed_at > core_now() - interval '{ACTIVE.days} days') past
 CROSS JOIN LATERAL (
     SELECT count(*) AS claims FROM tasks_assignment own
      WHERE own.project_id = %(project)s AND own.annotator_id = annotator.id
        AND own.state NOT IN ('expired', 'released')) mine
 CROSS JOIN LATERAL (
     SELECT count(*) AS projects FROM tasks_candidate other
       JOIN busy ON busy.id = other.project_id
      WHERE other.annotator_id = annotator.id) elsewhere"""


@dataclass(frozen=True, slots=True)
class Pace:
    """An eligible expert. `active`: claimed something or joined within 14 days. `minutes`: handed
    in a day, as their projects expect; 0 without history. `claims` of this project so far,
    `elsewhere`: other projects with open tasks for them.
    """

    active: bool
    minutes: float
    claims: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be done: answers wanted in all and still, of how many tasks with a free place.

    `slots_most` are wanted still if every task needs the most answers that the plan allows.
    """

    slots: int
    slots_left: int
    slots_most: int
    tasks_left: int


def paces(project: Project) -> Mapping[uuid.UUID, Pace]:
    """The eligible experts by id: from the candidate rows, or by the rules where a project has none
    yet.
    """
    matched = project.state in (ProjectState.ACTIVE, ProjectState.PAUSED)
    statement = _PACES.format(who=_KEPT if matched else BY_RULES)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk})
        return {row[0]: Pace(*row[1:]) for row in cursor.fetchall()}


def load(project: Project, *, more_tasks: int = 0) -> Load:
    """The project's open work, with so many tasks that are not uploaded yet."""
    posted = project.batches.aggregate(tasks=Sum("size", default=0))["tasks"]
    waiting = Task.objects.filter(project=project, state=TaskState.OPEN)
    slots_left = waiting.aggregate(slots=Sum("open_slots", default=0))["slots"]
    slots_left += more_tasks * project.overlap
    return Load(
        slots=(posted + more_tasks) * project.overlap,
        slots_left=slots_left,
        slots_most=slots_left + _more_at_most(project, more_tasks),
        tasks_left=waiting.count() + more_tasks,
    )


def _more_at_most(project: Project, more_tasks: int) -> int:
    """Answers that unfinished tasks may need beyond those that are wanted of them now."""
    if project.max_overlap is None:
        return 0
    at_work = (TaskState.OPEN, TaskState.FILLED, TaskState.ATTENTION)
    rows = Task.objects.filter(
        project=project, state__in=at_work, overlap__lt=project.max_overlap
    ).aggregate(tasks=Count("pk"), wanted=Sum("overlap", default=0))
    more: int = rows["tasks"] * project.max_overlap - rows["wanted"]
    return more + more_tasks * (project.max_overlap - project.overlap)


def expert(project: Project, work: Load, one: Pace, *, active: int, part: float = 1) -> Expert:
    """Answers a day, with `part` of the expert's time, and the most they may still give.

    Everybody may have the share that the claim allows among `active` experts, answers a task once,
    and stays below the caps of the project and of the platform.
    """
    minutes = min(one.minutes or MINUTES_A_DAY, settings.DAILY_MINUTES_MAX) * part
    daily = min(project.most_daily or settings.DAILY_CLAIMS_MAX, settings.DAILY_CLAIMS_MAX)
    share = -int(-project.share_factor * work.slots // max(active, 1))
    most = min(max(share, LEAST_SHARE), project.most_each or work.slots)
    limit = min(most - one.claims, work.tasks_left)
    return min(minutes / project.expected_minutes, daily), max(limit, 0)


def experts(project: Project, work: Load, those: Sequence[Pace]) -> list[Expert]:
    """Those who are active, each with all their time."""
    active = [one for one in those if one.active]
    return [expert(project, work, one, active=len(active)) for one in active]
