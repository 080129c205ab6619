"""Gold: a client or staff say what the answer to a task is, explain it, and take it back."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.actions import guards
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from tasks.actions.access import project_for_change
from tasks.interface.hygiene import json_problems
from tasks.interface.problems import pointer
from tasks.interface.spec import Interface
from tasks.interface.tolerance import scored, tolerance_problems
from tasks.models import Assignment, Gold, Project, Task
from tasks.states import GOLD_MOVES, LIVE, TASK_MOVES, GoldState, ProjectState, TaskState

KEYS = ("answer", "explanation", "tolerance", "training")
LONGEST_EXPLANATION = 4000
NOT_SCORED = "No question answered here can be scored: texts are read by people, never compared."


@dataclass(frozen=True, slots=True)
class Known:
    """The answer of a task, why it is right, what else counts as right, and whether it trains."""

    answer: Mapping[str, Any]
    explanation: str = ""
    tolerance: Mapping[str, Any] = field(default_factory=dict)
    training: bool = False


def read(interface: Interface, payload: Mapping[str, Any], value: object) -> Known | list[Fault]:
    """What a client says of a task, or each fault of it with its pointer."""
    if not isinstance(value, Mapping):
        return [Fault("", "Must be of type object.")]
    faults = [Fault(pointer(str(key)[:100]), "Unknown key.") for key in value if key not in KEYS]
    if "answer" not in value:
        faults.append(Fault("/answer", "This is required."))
    text = value.get("explanation", "")
    if not isinstance(text, str) or len(text) > LONGEST_EXPLANATION or json_problems(text):
        most = f"Must be text of at most {LONGEST_EXPLANATION} characters."
        faults.append(Fault("/explanation", most))
    training = value.get("training", False)
    if not isinstance(training, bool):
        faults.append(Fault("/training", "Must be of type boolean."))
    tolerance = value.get("tolerance", {})
    wrong = tolerance_problems(interface, tolerance)
    faults += [Fault(f"/tolerance{one.pointer}", one.message) for one in wrong]
    answer = value.get("answer", {})
    if "answer" in value:
        problems = interface.check_answer(answer, payload)
        faults += [Fault(f"/answer{one.pointer}", one.message) for one in problems]
    if not faults and not scored(interface, answer, tolerance):
        faults.append(Fault("/answer", NOT_SCORED))
    return faults or Known(answer, text.strip(), tolerance, bool(training))


def rows(project: Project, posted: Iterable[tuple[uuid.UUID, Known | None]], *, by: Actor) -> int:
    """Store what is known of tasks that have just been posted; returns of how many."""
    found = [
        Gold(task_id=task_id, project=project, made_by=by.key, **_columns(known))
        for task_id, known in posted
        if known is not None
    ]
    Gold.objects.bulk_create(found, batch_size=1000)
    return len(found)


def put(*, project_id: uuid.UUID, task_id: uuid.UUID, known: object, by: Actor) -> Gold:
    """Make a task gold, or change what is known of one: the answer as `read` takes it.

    Refuses `invalid` (422) with pointers; `task_in_work` for a task that somebody holds or has
    answered; `wrong_state` for one that is not open; `already_answered` for another answer,
    tolerance or kind of a gold task that was handed out: retire it and post a new one.
    """
    with transaction.atomic():
        task = _task(project_id, task_id, by)
        row = Gold.objects.select_for_update().filter(task=task).first()
        found = read(Interface.load(task.project.interface), task.payload, known)
        if isinstance(found, list):
            raise invalid("This cannot be the known answer.", found)
        if row is None:
            return _mark(task, found, by)
        if row.state == GoldState.RETIRED:
            raise Refused("wrong_state", "This gold task is retired: post the task again.")
        return _change(row, found, by)


def _task(project_id: uuid.UUID, task_id: uuid.UUID, by: Actor) -> Task:
    """The task, locked, its project too; strangers are told that there is none."""
    project = project_for_change(project_id, by)
    task = (
        Task.objects.select_for_update(no_key=True)
        .filter(pk=task_id, project_id=project.pk)
        .first()
    )
    if task is None:
        raise NotFound("task")
    task.project = project
    return task


def _mark(task: Task, known: Known, by: Actor) -> Gold:
    if task.project.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "A closed project hands out no tasks any more.")
    if task.state != TaskState.OPEN:
        raise Refused(
            "wrong_state", f"Only an open task can be made gold; this one is {task.state}."
        )
    if Assignment.objects.filter(task=task, state__in=LIVE).exists():
        raise Refused("task_in_work", "Somebody is at work on this task, or has answered it.")
    move(task, TaskState.GOLD, TASK_MOVES, open_slots=0, starter=False)
    row = Gold(task=task, project=task.project, made_by=by.key, **_columns(known))
    row.save(force_insert=True)
    audit.record("gold_marked", task, by=by, training=known.training)
    row.refresh_from_db()
    return row


def _columns(known: Known) -> dict[str, Any]:
    return {
        "answer": known.answer,
        "explanation": known.explanation,
        "tolerance": known.tolerance,
        "training": known.training,
    }


def _change(row: Gold, known: Known, by: Actor) -> Gold:
    before = {"answer": row.answer, "tolerance": row.tolerance, "training": row.training}
    after = _columns(known)
    changed = sorted(name for name in before if before[name] != after[name])
    if changed and Assignment.objects.filter(task_id=row.task_id).exists():
        raise Refused(
            "already_answered",
            "It was handed out with the answer it has. Its explanation can be changed; for another "
            "answer retire it and post the task again.",
        )
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    audit.record("gold_changed", f"task:{row.task_id}", by=by, fields=changed)
    return row


@transaction.atomic
def retire(*, project_id: uuid.UUID, task_id: uuid.UUID, by: Actor, reason: str = "") -> Task:
    """Hand it out as gold no more: a task that nobody was given is open again, as if it had never
    been marked; any other is cancelled, and claims on it may finish and are paid.

    Refuses `not_found`, also for a task that is not gold; twice is once.
    """
    task = _task(project_id, task_id, by)
    row = Gold.objects.select_for_update().filter(task=task).first()
    if row is None:
        raise NotFound("gold task")
    if row.state == GoldState.RETIRED:
        return task
    if Assignment.objects.filter(task=task).exists():
        move(row, GoldState.RETIRED, GOLD_MOVES)
        move(task, TaskState.CANCELLED, TASK_MOVES)
    else:
        row.delete()
        _open_again(task)
    audit.record("gold_retired", task, by=by, reason=reason, state=task.state)
    return task


def _open_again(task: Task) -> None:
    if task.project.state == ProjectState.CLOSED:
        move(task, TaskState.CANCELLED, TASK_MOVES)
        return
    move(task, TaskState.OPEN, TASK_MOVES, open_slots=task.overlap)
    outbox.enqueue("tasks.mark_starters", project_id=str(task.project_id))


@transaction.atomic
def release(*, task_id: uuid.UUID, reason: str, by: Actor) -> Gold:
    """Staff have looked at a gold task in quarantine: its answer is right, and it counts again.

    The answers it has count again too (a job sees to it), and good annotators are counted anew.
    Refuses `not_allowed` (403) unless staff; `invalid` without a reason; `wrong_state` unless it is
    in quarantine.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_allowed", "Staff decide what becomes of such a task.", status=403)
    why = guards.reason_of(reason)
    row = Gold.objects.select_for_update().filter(pk=task_id).first()
    if row is None:
        raise NotFound("gold task")
    if row.state != GoldState.QUARANTINED:
        raise Refused("wrong_state", "This gold task is not in quarantine.")
    move(row, GoldState.ACTIVE, GOLD_MOVES, quarantined_why="", good_seen=0, good_right=0)
    audit.record("gold_released", f"task:{task_id}", by=by, reason=why)
    outbox.enqueue("tasks.settle_gold", gold_id=str(task_id))
    return row


@transaction.atomic
def explain(*, task_id: uuid.UUID, explanation: str, by: Actor) -> Gold:
    """Staff say anew why the answer is right. Refuses `not_allowed` (403) unless staff, and a text
    that is too long.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_allowed", "Staff do this here; clients send the gold anew.", status=403)
    row = Gold.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    if row is None:
        raise NotFound("gold task")
    if len(explanation) > LONGEST_EXPLANATION or json_problems(explanation):
        most = f"Must be text of at most {LONGEST_EXPLANATION} characters."
        raise invalid("This is no explanation.", [Fault("/explanation", most)])
    row.explanation = explanation.strip()
    row.save(update_fields=["explanation"])
    audit.record("gold_changed", f"task:{task_id}", by=by, fields=["explanation"])
    return row


def faults_of(project: Project, interface: Interface) -> list[Fault]:
    """What another interface would make of the project's known answers: a fault for each that it
    would not allow."""
    rows = Gold.objects.filter(project=project).exclude(state=GoldState.RETIRED)
    return [
        Fault("/interface", f"The known answer of task {row.task_id} is not allowed by it.")
        for row in rows.select_related("task")[:100]
        if interface.check_answer(row.answer, row.task.payload)
        or tolerance_problems(interface, row.tolerance)
    ]
