"""Adjudication: a person's last word on a disputed task, and what follows from it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.selectors.reviewers import reviewer
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from payments.actions.earnings import Accrual, accrue_all
from tasks.actions import adjudication_learning
from tasks.actions.revisions import revise
from tasks.interface.spec import Interface
from tasks.models import Adjudication, AdjudicationAssignment, Result, Task
from tasks.selectors import disputes
from tasks.selectors.accepted import accepted_answers
from tasks.states import TASK_MOVES, ResultSource, ReviewAssignmentState, TaskState

LONGEST_REASON = 4000


@transaction.atomic
def decide(
    *, task_id: uuid.UUID, answer: Mapping[str, Any], reason: str, by: Actor, user: User
) -> Result:
    """Staff conclude a disputed task with this answer, for this reason.

    Refuses `own_work` (403) from whoever answered, reviewed or decided it before, `taken` while an
    adjudicator has it in hand, `invalid` (422) for an answer that the interface does not allow or
    without a reason, `wrong_state` unless it is disputed.
    """
    if not reviewer(user=user, by=by).staff:
        raise Refused("not_allowed", "A dispute is decided by staff, in person.", status=403)
    task = locked(task_id)
    impartial(task, user)
    check(task, answer, reason)
    if _in_hand(task):
        raise Refused("taken", "An adjudicator has this task in hand.")
    return settle(task, answer, reason, user=user, by=by)


def _in_hand(task: Task) -> bool:
    claims = AdjudicationAssignment.objects.filter(task=task)
    return claims.filter(state=ReviewAssignmentState.CLAIMED).exists()


def locked(task_id: uuid.UUID) -> Task:
    """The task under its lock, with its project; the caller is in a transaction."""
    rows = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise NotFound("task")
    return task


def settle(
    task: Task,
    answer: Mapping[str, Any],
    reason: str,
    *,
    user: User,
    by: Actor,
    also: Sequence[Accrual] = (),
) -> Result:
    """The decision on a locked task: its result, new or revised, and what it teaches.

    What annotators were paid for stays paid; a rejected answer that the decision proves right is
    paid too, together with `also`; answers that wait for a verdict wait on. Refuses
    `wrong_state` unless the task is disputed.
    """
    if task.state != TaskState.DISPUTED:
        raise Refused("wrong_state", "This task is not disputed, or has been decided.")
    move(task, TaskState.CONCLUDED, TASK_MOVES)
    made = Adjudication.objects.create(task=task, answer=answer, reason=reason, decided_by=user)
    result = _result(task, answer, reason, by)
    paid = adjudication_learning.set_right(made, by=by)
    adjudication_learning.follow(made, by=by)
    audit.record("adjudicated", task, by=by, reason=reason, result=str(result.pk))
    accrue_all([*paid, *also], by=by)
    return result


def _result(task: Task, answer: Mapping[str, Any], reason: str, by: Actor) -> Result:
    old = Result.objects.filter(task=task).first()
    source = ResultSource.ADJUDICATION
    if old is not None:
        revise(old, answer=answer, source=source, why=reason, by=by)
        return old
    return Result.objects.create(
        task=task, answer=answer, source=source, submissions=len(accepted_answers(task))
    )


def impartial(task: Task, user: User) -> None:
    """Refuse (`own_work`, 403) whoever answered the task, reviewed an answer or decided before."""
    if Task.objects.filter(disputes.took_part(task.pk, user), pk=task.pk).exists():
        raise Refused("own_work", "Nobody decides a dispute they answered or reviewed.", status=403)


def check(task: Task, answer: Mapping[str, Any], reason: str) -> None:
    """Refuse (`invalid`) an answer that the interface does not allow, and a missing reason."""
    problems = Interface.load(task.project.interface).check_answer(answer, task.payload)
    faults = [Fault(f"/answer{problem.pointer}", problem.message) for problem in problems]
    if not reason.strip() or "\x00" in reason or len(reason) > LONGEST_REASON:
        faults.append(Fault("/reason", f"Say why, in 1 to {LONGEST_REASON} characters."))
    if faults:
        raise invalid("The decision cannot be kept like this.", faults)
