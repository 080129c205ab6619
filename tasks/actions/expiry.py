"""The end of claims whose time is over: the slot and the money are free again, the draft stays.

A sweep works in batches, each a short transaction of a fixed number of statements.
"""

import uuid
from collections import Counter

from django.db import connection, transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from payments.actions import reserve
from tasks.actions import gold_standing, requests, slots, sweeping, telling
from tasks.actions.sweeping import Ids

# Fifty claims take about 18 ms: no claim waits longer than that for the money of a project that the
# batch has locked. Twice as many at once save a tenth of the whole.
BATCH = 50

_OVER = """
SELECT leased_until, id FROM tasks_assignment
 WHERE state IN ('claimed', 'returned') AND leased_until <= core_now()
   AND (leased_until, id) > (%s::timestamptz, %s::uuid)
 ORDER BY leased_until, id LIMIT %s
"""
_REVIEWS_OVER = """
SELECT leased_until, id FROM tasks_reviewassignment
 WHERE state = 'claimed' AND leased_until <= core_now()
   AND (leased_until, id) > (%s::timestamptz, %s::uuid)
 ORDER BY leased_until, id LIMIT %s
"""
_LOCK_TASKS = """
SELECT task.id FROM tasks_task task
 WHERE task.id IN (SELECT task_id FROM tasks_assignment WHERE id = ANY(%s::uuid[]))
 ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED
"""
# Both rows are held by now, or the claim is left out: it is being handed in, or ended by another.
_EXPIRE = """
WITH over AS MATERIALIZED (
    SELECT id, state FROM tasks_assignment
     WHERE id = ANY(%s::uuid[]) AND task_id = ANY(%s::uuid[])
       AND state IN ('claimed', 'returned') AND leased_until <= core_now()
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE tasks_assignment row SET state = 'expired', final_at = core_now()
  FROM over, accounts_annotatorprofile annotator, tasks_project project
 WHERE row.id = over.id AND annotator.id = row.annotator_id AND project.id = row.project_id
RETURNING row.id, row.task_id, over.state, annotator.user_id, project.name
"""
_EXPIRE_REVIEWS = """
WITH over AS MATERIALIZED (
    SELECT id FROM tasks_reviewassignment
     WHERE id = ANY(%s::uuid[]) AND state = 'claimed' AND leased_until <= core_now()
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), ended AS (
    UPDATE tasks_reviewassignment row SET state = 'expired' FROM over WHERE row.id = over.id
    RETURNING row.id, row.request_id
), again AS (
    UPDATE tasks_reviewrequest request SET state = 'waiting'
      FROM ended WHERE request.id = ended.request_id AND request.state = 'taken'
)
SELECT id, request_id FROM ended
"""


def expire_assignments(*, by: Actor, seconds: float = sweeping.BUDGET_SECONDS) -> int:
    """End the claims whose time is over, oldest first; returns how many were ended.

    Rows that another transaction holds are left for the next sweep: a submit that came just in time
    wins, and nobody waits. A claim that cannot be ended is logged and keeps no other from its end.
    """
    return sweeping.sweep(_OVER, _end, by=by, size=BATCH, seconds=seconds)


def expire(*, assignment_id: uuid.UUID, by: Actor) -> bool:
    """End one claim if its time is over; False if not, or if somebody else is at work on it."""
    return _end([assignment_id], by) == 1


def expire_reviews(*, by: Actor, seconds: float = sweeping.BUDGET_SECONDS) -> int:
    """End the reviewers' claims whose time is over; their submissions wait again."""
    return sweeping.sweep(_REVIEWS_OVER, _end_reviews, by=by, size=BATCH, seconds=seconds)


@transaction.atomic
def _end(ids: Ids, by: Actor) -> int:
    """Locks in the one order: tasks, assignments, and the money last."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_TASKS, [list(ids)])
        task_ids = [task_id for (task_id,) in cursor.fetchall()]
        cursor.execute(_EXPIRE, [list(ids), task_ids])
        rows = [telling.Ended(*row) for row in cursor.fetchall()]
    if not rows:
        return 0
    slots.reopen_many(Counter(row.task_id for row in rows), by=by, setback=True)
    gold_standing.unanswered([row.id for row in rows])
    audit.record_many("expired", [audit.Act(f"assignment:{row.id}") for row in rows], by=by)
    telling.expired(rows)
    reserve.release_many(holders=[f"assignment:{row.id}" for row in rows], by=by)
    return len(rows)


@transaction.atomic
def _end_reviews(ids: Ids, by: Actor) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE_REVIEWS, [list(ids)])
        rows = cursor.fetchall()
    ended = [claim_id for claim_id, _ in rows]
    requests.withdraw_moot([request_id for _, request_id in rows], by=by)
    acts = [audit.Act(f"reviewassignment:{claim_id}") for claim_id in ended]
    audit.record_many("review_expired", acts, by=by)
    reserve.release_many(holders=[f"review:{claim_id}" for claim_id in ended], by=by)
    return len(ended)
