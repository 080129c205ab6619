"""Push: a project's open tasks are matched with its free candidates, and those are asked."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.actions import notices
from accounts.models import AnnotatorProfile
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.ids import new_id
from tasks.matching import batch, flow, flow_ortools
from tasks.matching.batch import Ask, People, Work
from tasks.models import Plan, Project
from tasks.selectors import planning
from tasks.states import OfferState, ProjectState

# Ten thousand rows of the ORM take seconds, this a fraction of one.
_INSERT = """
INSERT INTO tasks_offer (id, plan_id, project_id, task_id, annotator_id, state, rank, score, chance,
                         declined_why, offered_at, expires_at)
SELECT id, %(plan)s, %(project)s, task_id, annotator_id,
       CASE WHEN waits THEN 'standby' ELSE 'offered' END, rank, score, chance, '',
       CASE WHEN NOT waits THEN now.at END,
       CASE WHEN NOT waits THEN now.at + %(minutes)s * interval '1 minute' END
  FROM unnest(%(ids)s::uuid[], %(tasks)s::uuid[], %(annotators)s::uuid[], %(waits)s::bool[],
              %(ranks)s::smallint[], %(scores)s::float[], %(chances)s::float[])
       AS ask (id, task_id, annotator_id, waits, rank, score, chance)
 CROSS JOIN (SELECT core_now() AS at) now
ON CONFLICT DO NOTHING
RETURNING annotator_id, state
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('tasks_plan'), hashtext(%s))"


@transaction.atomic
def plan_batches() -> int:
    """Promise a plan for every project that pushes and has open tasks, the nearest deadline first,
    unless one is promised or was made a moment ago; returns how many."""
    ids = planning.projects_to_plan()
    outbox.enqueue_many("tasks.plan_project", [{"project_id": str(pk)} for pk in ids])
    return len(ids)


@transaction.atomic
def plan_project(*, project_id: uuid.UUID, by: Actor) -> Plan | None:
    """Offer the project's open tasks to its free candidates, for its `offer_minutes`.

    As many are asked for each task as are expected to fill it; the next best wait. None, and
    nothing kept, when the project does not push or nobody can be asked. Two plans of a project at
    once are one after the other, and the second finds what the first has offered. The project's row
    is not locked: its client does not wait for the solver.
    """
    _one_after_the_other(project_id)
    project = Project.objects.filter(pk=project_id, state=ProjectState.ACTIVE, push=True).first()
    if project is None:
        return None
    rate = planning.rate()
    task_ids, work = planning.open_work(project_id)
    annotator_ids, people = planning.free_people(project_id, rate)
    asks = _asks(task_ids, work, annotator_ids, people, rate)
    if not asks:
        return None
    plan, told = _keep(project, asks, task_ids, annotator_ids, people)
    _tell(project, told)
    audit.record(
        "planned", plan, by=by, project=str(project_id), offers=plan.offers, standby=plan.standby
    )
    return plan


def _one_after_the_other(project_id: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [str(project_id)])


def _asks(
    task_ids: Sequence[uuid.UUID],
    work: Work,
    annotator_ids: Sequence[uuid.UUID],
    people: People,
    rate: float,
) -> list[Ask]:
    """The plan: only the head of the queue that there are places for, only pairs that may meet."""
    reach = batch.within_reach(work.need, rate, people.places)
    work = Work(work.need[:reach], work.starter[:reach])
    task, candidate = batch.pairs(work, people, rate)
    if not task.size:
        return []
    may = planning.may_meet([task_ids[one] for one in task], [annotator_ids[a] for a in candidate])
    solve = flow_ortools.solve if flow_ortools.AVAILABLE else flow.solve
    return batch.asks(work, people, (task[may], candidate[may]), rate, solve)


def _keep(
    project: Project,
    asks: Sequence[Ask],
    task_ids: Sequence[uuid.UUID],
    annotator_ids: Sequence[uuid.UUID],
    people: People,
) -> tuple[Plan, list[uuid.UUID]]:
    """The plan with its offers, and who was asked. A pair that has had a live offer since a moment
    ago (instead of a missed one) is left as it is, and not counted."""
    waiting = sum(ask.waits for ask in asks)
    plan = Plan.objects.create(
        project=project,
        tasks=len({ask.task for ask in asks}),
        annotators=len({ask.annotator for ask in asks}),
        offers=len(asks) - waiting,
        standby=waiting,
        solver="ortools" if flow_ortools.AVAILABLE else "scipy",
    )
    values: dict[str, Any] = {
        "plan": plan.pk,
        "project": project.pk,
        "minutes": project.offer_minutes,
        "ids": sorted(new_id() for _ in asks),
        "tasks": [task_ids[ask.task] for ask in asks],
        "annotators": [annotator_ids[ask.annotator] for ask in asks],
        "waits": [ask.waits for ask in asks],
        "ranks": [ask.rank for ask in asks],
        "scores": [float(people.score[ask.annotator]) for ask in asks],
        "chances": [float(people.chance[ask.annotator]) for ask in asks],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        kept = cursor.fetchall()
    told = [annotator_id for annotator_id, state in kept if state == OfferState.OFFERED]
    if len(kept) < len(asks):
        plan.offers, plan.standby = len(told), len(kept) - len(told)
        plan.save(update_fields=["offers", "standby"])
    return plan, sorted(set(told))


def _tell(project: Project, annotator_ids: Sequence[uuid.UUID]) -> None:
    """Each annotator once for a plan, however many tasks it offers them."""
    users = AnnotatorProfile.objects.filter(pk__in=annotator_ids).order_by("pk")
    notices.publish(
        user_ids=users.values_list("user_id", flat=True),
        kind="offered",
        text=f"{project.name}: work is offered to you.",
        link="/work/offers/",
    )
