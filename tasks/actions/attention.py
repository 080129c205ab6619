"""Tasks that ran out or were given back too often: staff put them back, or take them out."""

import uuid
from typing import Any

from django.db import transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.models import Task
from tasks.states import TASK_MOVES, ProjectState, TaskState

LONGEST_REASON = 4000


@transaction.atomic
def put_back(*, task_id: uuid.UUID, reason: str, by: Actor) -> Task:
    """Hand the task out again, its setbacks counted anew.

    Refuses `not_allowed` (403) unless staff, `invalid` without a reason, `wrong_state` unless it
    waits for attention in a project that is not closed.
    """
    task = _waiting(task_id, reason, by)
    if task.project.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "Its project is closed: nobody would take the task.")
    move(task, TaskState.OPEN, TASK_MOVES, setbacks=0, attention_at=None)
    audit.record("put_back", task, by=by, reason=reason)
    return task


@transaction.atomic
def cancel(*, task_id: uuid.UUID, reason: str, by: Actor) -> Task:
    """Hand the task out no more.

    With answers or claims it needs no more than those, and is concluded from them: one that is
    rejected, given up or runs out is not replaced. Without any it is cancelled.

    Refuses as `put_back` does, in a closed project too.
    """
    task = _waiting(task_id, reason, by)
    taken = task.overlap - task.open_slots
    if taken:
        kept: dict[str, Any] = {"overlap": taken, "open_slots": 0, "attention_at": None}
        move(task, TaskState.FILLED, TASK_MOVES, withdrawn_at=Now(), **kept)
        outbox.enqueue("tasks.weigh_task", task_id=str(task.pk))
    else:
        move(task, TaskState.CANCELLED, TASK_MOVES, open_slots=0, attention_at=None)
    audit.record("task_cancelled", task, by=by, reason=reason, answers=taken)
    return task


def _waiting(task_id: uuid.UUID, reason: str, by: Actor) -> Task:
    """The task, locked; what staff say of it is checked first."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_allowed", "Staff decide what becomes of such a task.", status=403)
    if not reason.strip() or "\x00" in reason or len(reason) > LONGEST_REASON:
        fault = Fault("/reason", f"Say why, in 1 to {LONGEST_REASON} characters.")
        raise invalid("The decision cannot be kept like this.", [fault])
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .filter(pk=task_id)
        .first()
    )
    if task is None:
        raise NotFound("task")
    if task.state != TaskState.ATTENTION:
        raise Refused("wrong_state", "This task does not wait for attention any more.")
    return task
