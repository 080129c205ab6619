"""Conclusions: the answer a task is delivered with, once as many are accepted as it needs."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions.consensus import agree
from tasks.interface.spec import Interface
from tasks.models import Assignment, Result, Task
from tasks.selectors.accepted import accepted_answers
from tasks.states import TASK_MOVES, AssignmentState, TaskState


@transaction.atomic
def conclude(*, task_id: uuid.UUID, by: Actor) -> Result | None:
    """Give a task its result when every slot holds an accepted answer; dispute it on a tie, and
    where the questions' majorities together make an answer that nobody could have handed in.

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
    disputed = agreed.disputed or _forbidden(interface, agreed.answer, task)
    if disputed:
        move(task, TaskState.DISPUTED, TASK_MOVES)
        audit.record("disputed", task, by=by, questions=disputed)
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


@transaction.atomic
def conclude_overdue() -> int:
    """Promise the conclusion of up to 500 tasks that have all their accepted answers and no result,
    in case its promise was lost; returns how many.
    """
    accepted = (
        Assignment.objects.filter(task=OuterRef("pk"), state=AssignmentState.ACCEPTED)
        .order_by()
        .values("task")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Task.objects.filter(state=TaskState.FILLED).annotate(n=Subquery(accepted))
    ids = list(rows.filter(n__gte=F("overlap")).values_list("pk", flat=True)[:500])
    for pk in ids:
        outbox.enqueue("tasks.conclude_task", task_id=str(pk))
    return len(ids)


def _forbidden(interface: Interface, answer: Mapping[str, Any], task: Task) -> list[str]:
    """The questions whose agreed answer the interface does not allow, in their order; all of them
    where the answer as a whole is not allowed.

    Each option of a set is counted by itself, so the majority's set can hold too many options, or
    none where one is required.
    """
    pointers = [problem.pointer for problem in interface.check_answer(answer, task.payload)]
    wrong = {name for pointer in pointers for name in pointer.split("/")[1:2]}
    names = [question.name for question in interface.questions]
    return names if "" in pointers else [name for name in names if name in wrong]
