"""What a batch plan starts from: open tasks, candidates with room for an offer, and which may meet.

Eligibility is the one definition of claims (`tasks.matching.instant`), asked of many at once.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

from marketplace.core.clock import after
from marketplace.core.models import OutboxMessage
from tasks.matching import instant, sql
from tasks.matching.batch import People, Work
from tasks.matching.flow import Ints
from tasks.matching.offers import Record, chance, platform_rate
from tasks.models import Offer, Plan, Project, Task
from tasks.selectors.eligibility import limits
from tasks.states import OfferState, ProjectState, TaskState

MOST_TASKS = 10_000
# Offers out to one annotator at once: choosing takes time too.
MOST_EACH = 3
# A plan this young still has its answers to come.
JUST_NOW = dt.timedelta(minutes=2)
ENDED = (OfferState.ACCEPTED, OfferState.MISSED, OfferState.DECLINED, OfferState.EXPIRED)
TAKEN = (OfferState.ACCEPTED, OfferState.MISSED)
# The platform's common chance follows its last offers, an annotator's chance their own last ones.
LATEST_OF_ALL = 2000
LATEST_OF_ONE = 50
_TASKS = """
SELECT task.id, task.open_slots - coalesce(out.expected, 0) AS need, task.starter
  FROM tasks_task task
  LEFT JOIN LATERAL (
      SELECT sum(offer.chance) AS expected FROM tasks_offer offer
       WHERE offer.task_id = task.id AND offer.state = 'offered') out ON true
 WHERE task.project_id = %(project)s AND task.state = 'open'
   AND task.open_slots - coalesce(out.expected, 0) > 1e-9
 ORDER BY task.priority DESC, task.id
 LIMIT %(most)s"""
_LIMITS = {name: f"%({name})s" for name in ("most_open", "most_daily", "most_minutes")}
# ruff: noqa: S608 - the statements are put together from the rules' own text
_PEOPLE = f"""
SELECT annotator.id, candidate.score, candidate.newcomer,
       least(%(most_each)s - out.total, %(most_open)s - held.total,
             matching.share_cap - mine.total - out.here, project.most_each - mine.total - out.here,
             project.most_open - held.here - out.here) AS places,
       past.ended, past.accepted
  FROM tasks_candidate candidate
  JOIN accounts_annotatorprofile annotator ON annotator.id = candidate.annotator_id
  JOIN tasks_project project ON project.id = candidate.project_id
  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
 CROSS JOIN LATERAL (
      SELECT count(*) AS total, count(*) FILTER (WHERE offer.project_id = project.id) AS here
        FROM tasks_offer offer
       WHERE offer.annotator_id = annotator.id AND offer.state = 'offered') out
 CROSS JOIN LATERAL (
      SELECT count(*) AS total, count(*) FILTER (WHERE own.project_id = project.id) AS here
        FROM tasks_assignment own
       WHERE own.annotator_id = annotator.id AND own.state IN ('claimed', 'returned')) held
 CROSS JOIN LATERAL (
      SELECT count(*) AS total FROM tasks_assignment own
       WHERE own.project_id = project.id AND own.annotator_id = annotator.id
         AND own.state NOT IN ('expired', 'released')) mine
 CROSS JOIN LATERAL (
      SELECT count(*) AS ended, count(*) FILTER (WHERE last.state = ANY(%(taken)s)) AS accepted
        FROM (SELECT offer.state FROM tasks_offer offer
               WHERE offer.annotator_id = annotator.id AND offer.state = ANY(%(ended)s)
               ORDER BY offer.id DESC LIMIT {LATEST_OF_ONE}) last) past
 WHERE candidate.project_id = %(project)s
   AND {sql.all_hold(instant.ANNOTATOR_RULES).format(**_LIMITS)}
   AND {sql.all_hold(instant.PROJECT_RULES)}
 ORDER BY annotator.id"""
_NOT_MINE = instant.NOT_MINE.format(
    annotator="annotator.id",
    user="annotator.user_id",
    component=instant.CIRCLE,
    again=instant.EXPIRED_AGAIN,
)
# Whoever was asked before about a task is not asked again, whatever became of it.
_MAY_MEET = f"""
SELECT pair.place - 1
  FROM unnest(%(tasks)s::uuid[], %(annotators)s::uuid[])
       WITH ORDINALITY AS pair (task_id, annotator_id, place)
  JOIN tasks_task task ON task.id = pair.task_id
  JOIN accounts_annotatorprofile annotator ON annotator.id = pair.annotator_id
 WHERE {_NOT_MINE}
   AND NOT EXISTS (SELECT 1 FROM tasks_offer before
                    WHERE before.task_id = task.id AND before.annotator_id = annotator.id
                      AND before.state <> 'withdrawn')
 ORDER BY pair.place"""


def projects_to_plan() -> list[uuid.UUID]:
    """The projects that push and have open tasks: the nearest deadline first, those without one
    last, then by the platform's rank. Not those whose plan is promised, or younger than 2 minutes.
    """
    rows = Project.objects.filter(state=ProjectState.ACTIVE, push=True, funds_short_at=None)
    promised = OutboxMessage.objects.filter(
        job="tasks.plan_project", state=OutboxMessage.State.PENDING
    )
    busy = rows.exclude(pk__in=list(promised.values_list("args__project_id", flat=True))).filter(
        Exists(Task.objects.filter(project=OuterRef("pk"), state=TaskState.OPEN)),
        ~Exists(Plan.objects.filter(project=OuterRef("pk"), made_at__gt=after(-JUST_NOW))),
    )
    order = busy.values_list("pk", "deadline", "rank", "activated_at")
    far = max((deadline for _, deadline, _, _ in order if deadline), default=None)
    return [
        pk
        for pk, *_ in sorted(
            order, key=lambda row: (row[1] is None, row[1] or far, -row[2], row[3], row[0])
        )
    ]


def rate() -> float:
    """The platform's chance that an offer is accepted, from the latest that have ended."""
    latest = Offer.objects.filter(state__in=ENDED).order_by("-pk").values("state")[:LATEST_OF_ALL]
    counted = Offer.objects.filter(pk__in=latest.values("pk")).aggregate(
        ended=Count("pk"), accepted=Count("pk", filter=Q(state__in=TAKEN))
    )
    return platform_rate(Record(**counted))


def open_work(project_id: uuid.UUID) -> tuple[list[uuid.UUID], Work]:
    """Up to 10,000 open tasks that want more offers, in the order of the queue."""
    rows = _rows(_TASKS, {"project": project_id, "most": MOST_TASKS})
    need = np.array([float(row[1]) for row in rows])
    starter = np.array([row[2] for row in rows], dtype=np.bool_)
    return [row[0] for row in rows], Work(need, starter)


def free_people(project_id: uuid.UUID, common: float) -> tuple[list[uuid.UUID], People]:
    """The project's candidates who could claim of it at this moment, with their room for offers."""
    values = {
        "project": project_id,
        "most_each": MOST_EACH,
        "ended": list(ENDED),
        "taken": list(TAKEN),
        **limits(),
    }
    rows = _rows(_PEOPLE, values)
    return [row[0] for row in rows], People(
        score=np.array([float(row[1]) for row in rows]),
        chance=np.array([chance(Record(row[4], row[5]), common) for row in rows]),
        places=np.maximum(np.array([row[3] for row in rows], dtype=np.int64), 0),
        newcomer=np.array([row[2] for row in rows], dtype=np.bool_),
    )


def may_meet(tasks: Sequence[uuid.UUID], annotators: Sequence[uuid.UUID]) -> Ints:
    """The places of those pairs (task, annotator) in which the annotator may claim the task and was
    never asked about it."""
    rows = _rows(_MAY_MEET, {"tasks": list(tasks), "annotators": list(annotators)})
    return np.array([row[0] for row in rows], dtype=np.int64)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
