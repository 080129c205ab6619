"""Adjudication: a person's last word on a disputed task."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from tasks.interface.spec import Interface
from tasks.models import Adjudication, Assignment, Result, ReviewAssignment, Task
from tasks.selectors.accepted import accepted_answers
from tasks.states import TASK_MOVES, ResultSource, TaskState

LONGEST_REASON = 4000


@transaction.atomic
def decide(
    *, task_id: uuid.UUID, answer: Mapping[str, Any], reason: str, by: Actor, user: User
) -> Result:
    """Conclude a disputed task with this answer, for this reason.

    Refuses `own_work` (403) from whoever answered or reviewed it, `invalid` (422) for an answer
    that the interface does not allow or without a reason, `wrong_state` unless it is disputed.
    """
    in_person = by.kind in (ActorKind.STAFF, ActorKind.USER) and by.id == str(user.pk)
    if not in_person or not user.is_staff:
        raise Refused("not_allowed", "A dispute is decided by staff, in person.", status=403)
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .filter(pk=task_id)
        .first()
    )
    if task is None:
        raise NotFound("task")
    _impartial(task, user)
    _check(task, answer, reason)
    if task.state != TaskState.DISPUTED:
        raise Refused("wrong_state", "This task is not disputed, or has been decided.")
    move(task, TaskState.CONCLUDED, TASK_MOVES)
    Adjudication.objects.create(task=task, answer=answer, reason=reason, decided_by=user)
    result = Result.objects.create(
        task=task,
        answer=answer,
        source=ResultSource.ADJUDICATION,
        submissions=len(accepted_answers(task)),
    )
    audit.record("adjudicated", task, by=by, reason=reason, result=str(result.pk))
    return result


def _impartial(task: Task, user: User) -> None:
    worked = Assignment.objects.filter(task=task, annotator__user=user)
    reviewed = ReviewAssignment.objects.filter(submission__task=task, reviewer=user)
    if worked.exists() or reviewed.exists():
        raise Refused("own_work", "Nobody decides a dispute they answered or reviewed.", status=403)


def _check(task: Task, answer: Mapping[str, Any], reason: str) -> None:
    problems = Interface.load(task.project.interface).check_answer(answer, task.payload)
    faults = [Fault(f"/answer{problem.pointer}", problem.message) for problem in problems]
    if not reason.strip() or "\x00" in reason or len(reason) > LONGEST_REASON:
        faults.append(Fault("/reason", f"Say why, in 1 to {LONGEST_REASON} characters."))
    if faults:
        raise invalid("The decision cannot be kept like this.", faults)
