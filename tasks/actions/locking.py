"""Locks in the one order: task, then assignment."""

import uuid

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound
from tasks.models import Assignment, Task


def lock_assignment(assignment_id: uuid.UUID, *, skip_locked: bool = False) -> Assignment | None:
    """The assignment with its task and project, both rows locked and read again, the task first.

    None if there is none, or with `skip_locked` if another transaction has one of them.
    """
    task_ids = Assignment.objects.filter(pk=assignment_id).values("task_id")
    task = (
        Task.objects.select_for_update(no_key=True, skip_locked=skip_locked)
        .filter(pk__in=task_ids)
        .first()
    )
    if task is None:
        return None
    row = (
        Assignment.objects.select_for_update(no_key=True, skip_locked=skip_locked, of=("self",))
        .select_related("project", "annotator__user")
        .filter(pk=assignment_id)
        .first()
    )
    if row is not None:
        row.task = task
    return row


def lock_judged(task_id: uuid.UUID, assignment_id: uuid.UUID | None) -> Assignment | None:
    """Lock what a review is about: the task, and the assignment of the answer if it is of one."""
    if assignment_id is not None:
        return lock_assignment(assignment_id)
    Task.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    return None


def lock_own(assignment_id: uuid.UUID, by: Actor) -> Assignment:
    """The locked assignment of the annotator who acts; anyone else's is `not_found`."""
    if by.kind is not ActorKind.USER:
        raise NotFound("assignment")
    if not Assignment.objects.filter(pk=assignment_id, annotator__user_id=by.id).exists():
        raise NotFound("assignment")
    row = lock_assignment(assignment_id)
    if row is None:
        raise NotFound("assignment")
    return row
