"""Each review that was claimed, and each answer that waits for one, gets its request."""

from django.db import migrations

FILL = """
INSERT INTO tasks_reviewrequest (id, kind, project_id, task_id, submission_id, level, state, created_at)
SELECT gen_random_uuid(), 'first', assignment.project_id, answer.task_id, answer.id, 1,
       CASE WHEN bool_or(claim.state = 'done') THEN 'done'
            WHEN bool_or(claim.state = 'claimed') THEN 'taken'
            WHEN assignment.state = 'submitted' AND answer.version = (
                SELECT max(last.version) FROM tasks_submission last
                 WHERE last.assignment_id = assignment.id) THEN 'waiting'
            ELSE 'withdrawn' END,
       answer.submitted_at
  FROM tasks_submission answer
  JOIN tasks_assignment assignment ON assignment.id = answer.assignment_id
  LEFT JOIN tasks_reviewassignment claim ON claim.submission_id = answer.id
 WHERE claim.id IS NOT NULL
    OR (assignment.state = 'submitted' AND answer.version = (
        SELECT max(last.version) FROM tasks_submission last
         WHERE last.assignment_id = assignment.id))
 GROUP BY answer.id, assignment.id;
UPDATE tasks_reviewassignment claim
   SET request_id = request.id, task_id = request.task_id
  FROM tasks_reviewrequest request WHERE request.submission_id = claim.submission_id;
UPDATE tasks_review review SET task_id = answer.task_id
  FROM tasks_submission answer WHERE answer.id = review.submission_id;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0009_quality")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
