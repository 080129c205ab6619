"""Conclusions: the answer a task is delivered with, once as many are accepted as it needs."""

import uuid

from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions.consensus import agree
from tasks.interface.spec import Interface
from tasks.models import Result, Task
from tasks.selectors.accepted import accepted_answers
from tasks.states import TASK_MOVES, TaskState


@transaction.atomic
def conclude(*, task_id: uuid.UUID, by: Actor) -> Result | None:
    """Give a task its result when every slot holds an accepted answer; dispute it on a tie.

    None when it is too early, concluded or disputed already, or disputed now. The task is locked,
    so two last answers at once conclude it once.
    """
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .filter(pk=task_id)
        .first()
    )
    if task is None or task.state != TaskState.FILLED:
        return None
    answers = accepted_answers(task)
    if len(answers) < task.overlap:
        return None
    interface = Interface.load(task.project.interface)
    agreed = agree(interface, [submission.answer for submission in answers])
    if agreed.disputed:
        move(task, TaskState.DISPUTED, TASK_MOVES)
        audit.record("disputed", task, by=by, questions=agreed.disputed)
        return None
    move(task, TaskState.CONCLUDED, TASK_MOVES)
    result = Result.objects.create(
        task=task,
        answer=agreed.answer,
        source=agreed.source,
        confidence=agreed.confidence,
        details=agreed.details,
        submissions=len(answers),
    )
    audit.record("concluded", task, by=by, result=str(result.pk), source=agreed.source)
    return result
