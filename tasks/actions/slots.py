"""What happens to tasks' slots when assignments end without an accepted answer.

One statement for one task or a thousand, so that a verdict, an annotator who gives up and the sweep
of leases agree. The caller holds the locks of the tasks.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.models import Gold, Task
from tasks.states import LIVE, TASK_MOVES, AssignmentState, TaskState

# A task that is no longer at work keeps its end. Nobody will take the slot in a closed project, or
# of a task that staff took out (`withdrawn_at`): it then needs one answer less, and is cancelled
# when it needs none. A task that had too many setbacks leaves the queue until staff have looked at
# it. `was` is read under the caller's locks.
_REOPEN = """
WITH ended AS (
    SELECT * FROM unnest(%(tasks)s::uuid[], %(ends)s::int[]) AS e (task_id, ends)
), was AS MATERIALIZED (
    SELECT task.id, task.state, ended.ends,
           project.state = 'closed' OR task.withdrawn_at IS NOT NULL AS closed,
           task.overlap <= ended.ends AS spent,
           task.state = 'attention'
           OR (%(setback)s AND task.setbacks + ended.ends >= project.setbacks_allowed) AS troubled
      FROM ended
      JOIN tasks_task task ON task.id = ended.task_id
      JOIN tasks_project project ON project.id = task.project_id
     WHERE task.state IN ('open', 'filled', 'attention')
), becomes AS MATERIALIZED (
    SELECT was.*, CASE WHEN closed AND spent THEN 'cancelled' WHEN closed THEN was.state
                       WHEN troubled THEN 'attention' ELSE 'open' END AS next
      FROM was
)
UPDATE tasks_task task
   SET state = becomes.next,
       overlap = CASE WHEN closed THEN greatest(task.overlap - ends, 1) ELSE task.overlap END,
       open_slots = CASE WHEN NOT closed THEN task.open_slots + ends
                         WHEN spent THEN 0 ELSE task.open_slots END,
       setbacks = CASE WHEN %(setback)s THEN least(task.setbacks + ends, 32767)
                       ELSE task.setbacks END,
       attention_at = CASE WHEN becomes.next = 'attention'
                           THEN coalesce(task.attention_at, core_now()) END
  FROM becomes
 WHERE becomes.id = task.id
RETURNING task.id, becomes.state, task.state, becomes.closed, task.setbacks
"""


@dataclass(frozen=True, slots=True)
class _Reopened:
    """A task's state before and after; `closed`: its slots are handed out no more."""

    task_id: uuid.UUID
    was: str
    state: str
    closed: bool
    setbacks: int


def reopen(task: Task, *, by: Actor, setback: bool) -> None:
    """Give one slot of a locked task back to the queue; the row in hand is read again."""
    reopen_many({task.pk: 1}, by=by, setback=setback)
    task.refresh_from_db(fields=["state", "overlap", "open_slots", "setbacks", "attention_at"])


def reopen_many(ends: Mapping[uuid.UUID, int], *, by: Actor, setback: bool) -> None:
    """Give slots of locked tasks back: how many of each.

    `setback` says that claims ran out or were given back; after as many as the project allows the
    task waits for staff (state `attention`) instead of the queue.
    """
    values: dict[str, Any] = {"tasks": list(ends), "ends": list(ends.values()), "setback": setback}
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN, values)
        rows = [_Reopened(*row) for row in cursor.fetchall()]
    stuck = [row for row in rows if row.state == TaskState.ATTENTION != row.was]
    acts = [audit.Act(f"task:{row.task_id}", data={"setbacks": row.setbacks}) for row in stuck]
    audit.record_many("needs_attention", acts, by=by)
    cut = [row for row in rows if row.closed and row.state != TaskState.CANCELLED]
    outbox.enqueue_many("tasks.weigh_task", [{"task_id": str(row.task_id)} for row in cut])


def take_back(task: Task) -> None:
    """An answer that had been rejected counts after all: it takes a free slot of its locked task
    again, or, where others have them by now, it is one more than the overlap had been.

    A task with a known answer has no slots, also when it is handed out no more.
    """
    if Gold.objects.filter(task=task).exists():
        return
    if task.open_slots > 1:
        task.open_slots -= 1
        task.save(update_fields=["open_slots"])
        return
    if task.open_slots == 1:
        move(task, TaskState.FILLED, TASK_MOVES, open_slots=0, attention_at=None)
        return
    counted = [state for state in LIVE if state != AssignmentState.REJECTED]
    task.overlap = max(task.overlap, task.assignments.filter(state__in=counted).count())
    if task.state == TaskState.CANCELLED:
        move(task, TaskState.FILLED, TASK_MOVES, overlap=task.overlap)
    task.save(update_fields=["overlap"])
