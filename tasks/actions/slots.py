"""What happens to a task's slot when an assignment ends without an accepted answer."""

from marketplace.core import outbox
from marketplace.core.states import move
from tasks.models import Task
from tasks.states import TASK_MOVES, ProjectState, TaskState


def reopen(task: Task) -> None:
    """Give one slot of a locked task back to the queue.

    In a closed project nobody will take it: the task then needs one answer less, and is cancelled
    when it needs none. A task that is no longer at work keeps its end.
    """
    if task.state not in (TaskState.OPEN, TaskState.FILLED):
        return
    if task.project.state == ProjectState.CLOSED:
        _shrink(task)
        return
    slots = task.open_slots + 1
    if task.state == TaskState.FILLED:
        move(task, TaskState.OPEN, TASK_MOVES, open_slots=slots)
    else:
        task.open_slots = slots
        task.save(update_fields=["open_slots"])


def _shrink(task: Task) -> None:
    if task.overlap == 1:
        move(task, TaskState.CANCELLED, TASK_MOVES, open_slots=0)
        return
    task.overlap -= 1
    task.save(update_fields=["overlap"])
    outbox.enqueue("tasks.conclude_task", task_id=str(task.pk))
