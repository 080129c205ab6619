"""The claim's one statement: the next task for an annotator, its assignment and its slot.

The order inside is deliberate: lock the head of the queue of the best project that has one, insert
the assignment (a conflict means another claim of the same annotator was faster), and only then take
the slot. Cost follows the head of the queue (partial index on open tasks), not its length.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection

from marketplace.core.ids import new_id
from tasks.models import Assignment
from tasks.selectors.claimable import ANY_END_AGAIN, EXPIRED_AGAIN, NOT_MINE

# Work on a task that has ended without an answer may be taken up again by the same annotator when
# its time ran out (the draft comes back with it), not when it was given back.
_CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT queue.project_id, head.id AS task_id
      FROM (
          SELECT candidate.project_id
            FROM tasks_candidate candidate
            JOIN tasks_project project ON project.id = candidate.project_id
           WHERE candidate.annotator_id = %(annotator)s
             AND project.state = 'active'
             AND project.id <> ALL(%(skip)s::uuid[])
             {one_project}
           ORDER BY project.funds_short_at IS NOT NULL, candidate.score DESC, project.id
      ) queue
     CROSS JOIN LATERAL (
          SELECT task.id
            FROM tasks_task task
           WHERE task.project_id = queue.project_id
             AND task.state = 'open'
             {one_task}
             AND {not_mine}
           ORDER BY task.priority DESC, task.id
           LIMIT 1
             FOR NO KEY UPDATE OF task {skip_locked}
     ) head
     LIMIT 1
), made AS (
    INSERT INTO tasks_assignment (
        id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
        guideline_version, leased_until, fence, extensions, returns, draft, draft_saved_at)
    SELECT %(id)s, picked.task_id, project.id, %(annotator)s, 'claimed', project.currency,
           project.price_minor, project.price_minor * project.fee_bps / 10000,
           (SELECT max(version) FROM tasks_guideline WHERE project_id = project.id),
           core_now() + project.lease_minutes * interval '1 minute',
           coalesce(before.fence, 0) + 1, 0, coalesce(before.returns, 0), before.draft,
           before.draft_saved_at
      FROM picked
      JOIN tasks_project project ON project.id = picked.project_id
      LEFT JOIN LATERAL (
          SELECT own.fence, own.returns, own.draft_saved_at,
                 coalesce((SELECT late.answer FROM tasks_lateanswer late
                            WHERE late.assignment_id = own.id ORDER BY late.id DESC LIMIT 1),
                          own.draft) AS draft
            FROM tasks_assignment own
           WHERE own.task_id = picked.task_id AND own.annotator_id = %(annotator)s
           ORDER BY own.claimed_at DESC LIMIT 1
      ) before ON true
    ON CONFLICT DO NOTHING
    RETURNING task_id
)
UPDATE tasks_task task
   SET open_slots = task.open_slots - 1,
       state = CASE WHEN task.open_slots = 1 THEN 'filled' ELSE 'open' END
  FROM made
 WHERE task.id = made.task_id
RETURNING task.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who asks for a task: the next of any project but those to `skip`, of one project, or one task
    again, which may be one that was given back."""

    annotator_id: uuid.UUID
    user_id: uuid.UUID
    project_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    skip: Collection[uuid.UUID] = field(default=())


def take(wanted: Wanted) -> Assignment | None:
    """Claim the next task in the caller's transaction; None only if there is none.

    Tasks that another claim holds at this moment are passed over; when nothing else is left, they
    are waited for, because that claim may take one slot of several, or none at all.
    """
    return _take(wanted, skip_locked=True) or _take(wanted, skip_locked=False)


def _take(wanted: Wanted, *, skip_locked: bool) -> Assignment | None:
    new_pk = new_id()
    statement = _CLAIM.format(
        one_project="AND project.id = %(project)s" if wanted.project_id else "",
        one_task="AND task.id = %(task)s" if wanted.task_id else "",
        not_mine=NOT_MINE.format(again=ANY_END_AGAIN if wanted.task_id else EXPIRED_AGAIN),
        skip_locked="SKIP LOCKED" if skip_locked else "",
    )
    values = {
        "id": new_pk,
        "annotator": wanted.annotator_id,
        "user": wanted.user_id,
        "project": wanted.project_id,
        "task": wanted.task_id,
        "skip": list(wanted.skip),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.fetchone() is None:
            return None
    return Assignment.objects.select_related("task", "project", "annotator").get(pk=new_pk)
