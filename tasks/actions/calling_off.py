"""What a client calls off under running claims: the whole project, or one task of it.

Whoever has a claim in hand is paid its kill fee, frozen at the claim, and reads why. Answers that
are handed in are judged, or accepted by themselves, and paid as ever.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import earnings, reserve
from payments.states import EarningKind
from tasks.actions import gold_standing, projects, slots, sweeping, telling
from tasks.actions.access import project_for_change
from tasks.actions.sweeping import Ids
from tasks.models import Assignment, Gold, Project, Task
from tasks.selectors.kill_fee import KillFee, kill_fee
from tasks.states import HELD, PROJECT_MOVES, TASK_MOVES, AssignmentState, ProjectState, TaskState

BATCH = 50
# What still holds one of a task's places.
TAKING = ("claimed", "submitted", "returned", "accepted")
LONGEST_REASON = 500
# Claims that another transaction had in hand are looked at again after this.
AGAIN = dt.timedelta(seconds=2)

_CALLED_OFF = """
SELECT claim.claimed_at, claim.id FROM tasks_assignment claim
  JOIN tasks_task task ON task.id = claim.task_id
  JOIN tasks_project project ON project.id = claim.project_id
 WHERE claim.project_id = %s AND claim.state IN ('claimed', 'returned')
   AND claim.leased_until > core_now()
   AND (project.cancel_reason <> '' OR task.cancel_reason <> '')
   AND (claim.claimed_at, claim.id) > (%s::timestamptz, %s::uuid)
 ORDER BY claim.claimed_at, claim.id LIMIT %s
"""


@transaction.atomic
def cancel(*, project_id: uuid.UUID, reason: str, by: Actor) -> Project:
    """End a project for good, also under running claims: those are paid their kill fee.

    Open slots go as when it is closed. Its annotators read the `reason`. Refuses (422) without one,
    and (409) what is cancelled already; a closed one, whose claims may still run, is not.
    """
    row = project_for_change(project_id, by)
    text = _reason(reason)
    if row.cancel_reason:
        raise Refused("wrong_state", "This project is cancelled already.")
    audit.context("project_cancelled", by=by)
    if row.state == ProjectState.CLOSED:
        row.cancel_reason = text
        row.save(update_fields=["cancel_reason"])
    else:
        move(row, ProjectState.CLOSED, PROJECT_MOVES, cancel_reason=text)
    audit.record("project_cancelled", row, by=by, reason=text)
    # Once more later: what began before may still make a claim.
    for delay in (dt.timedelta(0), projects.STRAGGLERS):
        outbox.enqueue("tasks.wind_up_project", delay=delay, project_id=str(row.pk))
        outbox.enqueue("tasks.end_called_off", delay=delay, project_id=str(row.pk))
    return row


@transaction.atomic
def withdraw_task(*, project_id: uuid.UUID, task_id: uuid.UUID, reason: str, by: Actor) -> Task:
    """Take one task out, also from under running claims: those are paid their kill fee.

    With answers or claims it needs no more than those; without any it is cancelled. Refuses (422)
    without a reason, `is_gold`, and (409) a task that is over or withdrawn already.
    """
    project_for_change(project_id, by)
    text = _reason(reason)
    tasks = Task.objects.select_for_update(no_key=True)
    task = tasks.filter(pk=task_id, project=project_id).first()
    if task is None:
        raise NotFound("task")
    if Gold.objects.filter(task=task).exists():
        raise Refused("is_gold", "A task with a known answer is retired, not withdrawn.")
    if task.cancel_reason or task.state not in (
        TaskState.OPEN,
        TaskState.FILLED,
        TaskState.ATTENTION,
    ):
        raise Refused("wrong_state", "This task takes no more answers already.")
    task.cancel_reason, free = text, task.open_slots
    task.withdrawn_at, task.attention_at = Now(), None
    task.overlap, task.open_slots = max(task.overlap - free, 1), 0
    columns = ["cancel_reason", "withdrawn_at", "attention_at", "overlap", "open_slots"]
    kept = {name: getattr(task, name) for name in columns}
    if not Assignment.objects.filter(task=task, state__in=TAKING).exists():
        move(task, TaskState.CANCELLED, TASK_MOVES, **kept)
    elif task.state == TaskState.FILLED:
        task.save(update_fields=columns)
    else:
        move(task, TaskState.FILLED, TASK_MOVES, **kept)
    audit.record("task_withdrawn", task, by=by, reason=text)
    outbox.enqueue("tasks.weigh_task", task_id=str(task.pk))
    outbox.enqueue("tasks.end_called_off", project_id=str(project_id))
    return task


def _reason(reason: str) -> str:
    text = reason.strip()
    if not text or "\x00" in text or len(text) > LONGEST_REASON:
        fault = Fault("/reason", f"Say why, in 1 to {LONGEST_REASON} characters.")
        raise invalid("Those who work on it are told why.", [fault])
    return text


def end_claims(
    *, project_id: uuid.UUID, by: Actor, seconds: float = sweeping.BUDGET_SECONDS
) -> int:
    """End the claims on what is called off, 50 a transaction; returns how many were ended.

    Rows that another transaction holds, and what is left when the time is up, are promised anew: an
    answer that is being handed in wins.
    """
    done = sweeping.sweep(
        _CALLED_OFF, _end, by=by, size=BATCH, seconds=seconds, values=[project_id]
    )
    if _running(Assignment.objects.filter(project=project_id)).exists():
        with transaction.atomic():
            outbox.enqueue("tasks.end_called_off", delay=AGAIN, project_id=str(project_id))
    return done


def _running(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Claims in hand on what is called off; one whose time is over ends as any other."""
    called_off = ~Q(project__cancel_reason="") | ~Q(task__cancel_reason="")
    return rows.filter(called_off, state__in=HELD, leased_until__gt=after(dt.timedelta(0)))


@transaction.atomic
def _end(ids: Ids, by: Actor) -> int:
    """Locks in the one order: tasks, assignments, and the money last, in one posting: the claims
    without a kill fee, whose money goes back whole, wait for the next run where others have one.
    """
    wanted = Assignment.objects.filter(pk__in=ids).values("task")
    tasks = Task.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=wanted)
    held = list(tasks.order_by("pk").values_list("pk", flat=True))
    claims = Assignment.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    rows = list(
        _running(claims.filter(pk__in=ids, task__in=held))
        .select_related("project__organization", "task", "annotator")
        .order_by("pk")
    )
    fees = {row.pk: kill_fee(row) for row in rows}
    paid = [row for row in rows if fees[row.pk].amount_minor]
    ended = paid or rows
    if not ended:
        return 0
    pks = [row.pk for row in ended]
    Assignment.objects.filter(pk__in=pks).update(state=AssignmentState.CANCELLED, final_at=Now())
    counts: dict[uuid.UUID, int] = {}
    for row in ended:
        counts[row.task_id] = counts.get(row.task_id, 0) + 1
    slots.reopen_many(counts, by=by, setback=False)
    gold_standing.unanswered(pks)
    audit.record_many("called_off", [_act(row, fees[row.pk]) for row in ended], by=by)
    telling.called_off([(row, fees[row.pk].amount_minor) for row in ended])
    if paid:
        earnings.accrue_all([_accrual(row, fees[row.pk]) for row in paid], by=by)
    else:
        reserve.release_many(holders=[row.holder for row in ended], by=by)
    return len(ended)


def _act(row: Assignment, due: KillFee) -> audit.Act:
    data = {"kill_minor": due.amount_minor}
    return audit.Act(f"assignment:{row.pk}", reason=row.cancel_reason, data=data)


def _accrual(row: Assignment, due: KillFee) -> earnings.Accrual:
    label = _("Called off by the client: %(name)s") % {"name": row.project.name}
    line = {"kind": "kill_fee", "amount_minor": due.amount_minor, "text": label[:200]}
    return earnings.Accrual(
        row.holder,
        row.annotator_id,
        label,
        EarningKind.KILL_FEE,
        amount_minor=due.amount_minor,
        fee_minor=due.fee_minor,
        lines=(line,),
    )
