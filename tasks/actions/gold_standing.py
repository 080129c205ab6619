"""How annotators stand with a project's gold: what `tasks_claim` reads to know how much is due."""

import uuid
from collections.abc import Sequence

from django.db import connection

# In one order, so that two sweeps never wait for each other. A correction that ran out was answered
# before, and stays counted.
_UNANSWERED = """
WITH ended AS (
    SELECT own.annotator_id, own.project_id,
           count(*) FILTER (WHERE NOT known.training) AS tests,
           count(*) FILTER (WHERE known.training) AS trainings
      FROM tasks_assignment own
      JOIN tasks_gold known ON known.task_id = own.task_id
     WHERE own.id = ANY(%s::uuid[])
       AND NOT EXISTS (SELECT 1 FROM tasks_submission answered
                        WHERE answered.task_id = own.task_id
                          AND answered.annotator_id = own.annotator_id)
     GROUP BY own.annotator_id, own.project_id
), held AS MATERIALIZED (
    SELECT standing.id, ended.tests, ended.trainings
      FROM tasks_goldstanding standing
      JOIN ended USING (annotator_id, project_id)
     ORDER BY standing.id FOR NO KEY UPDATE OF standing
)
UPDATE tasks_goldstanding standing
   SET claimed = standing.claimed - held.tests, trained = standing.trained - held.trainings
  FROM held WHERE standing.id = held.id
"""


def unanswered(assignment_ids: Sequence[uuid.UUID]) -> None:
    """Claims ended without an answer: gold among them is due again.

    One statement, the same for a claim on any task. The caller holds tasks and assignments; the
    ledger's locks come after.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNANSWERED, [list(assignment_ids)])
