-- The least that a correct claim must do, in one statement: pass the annotator's projects in the
-- order of their score, lock the head of the first queue that has an open task which is not theirs,
-- insert the assignment, take the slot. No rules of the moment, no money, no audit, no lease sweep.
-- The lateral lock stops at the first row it gets: one row is locked a claim.
\set a random(1, :annotators)
WITH mine AS (
    SELECT ('00000000-0000-7000-8000-' || lpad(:a::text, 12, '0'))::uuid AS annotator_id
), picked AS MATERIALIZED (
    SELECT queue.project_id, head.id AS task_id, queue.annotator_id
      FROM (SELECT candidate.project_id, mine.annotator_id
              FROM mine JOIN tasks_candidate candidate USING (annotator_id)
             ORDER BY candidate.score DESC) queue
     CROSS JOIN LATERAL (
          SELECT task.id FROM tasks_task task
           WHERE task.project_id = queue.project_id AND task.state = 'open'
             AND NOT EXISTS (SELECT 1 FROM tasks_assignment own
                              WHERE own.task_id = task.id
                                AND own.annotator_id = queue.annotator_id)
           ORDER BY task.starter, task.priority DESC, task.id LIMIT 1
             FOR NO KEY UPDATE OF task SKIP LOCKED) head
     LIMIT 1
), made AS (
    INSERT INTO tasks_assignment (
        id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
        guideline_version, leased_until, fence, extensions, returns)
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
               || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid,
           picked.task_id, picked.project_id, picked.annotator_id, 'claimed',
           project.currency, project.price_minor, 0, 1, now() + interval '1 hour', 1, 0, 0
      FROM picked JOIN tasks_project project ON project.id = picked.project_id
        ON CONFLICT DO NOTHING
    RETURNING task_id
)
UPDATE tasks_task task
   SET open_slots = task.open_slots - 1,
       state = CASE WHEN task.open_slots = 1 THEN 'filled' ELSE 'open' END
  FROM made WHERE task.id = made.task_id
RETURNING task.id;
