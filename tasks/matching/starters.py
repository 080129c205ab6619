"""Starter tasks: the share of a project's tasks that newcomers are given first, spread evenly.

The task at place p of the project (from 0, batches one after another) is a starter where
floor((p + 1) * percent / 100) > floor(p * percent / 100): of any run of tasks the wanted percent,
and never two side by side below 50 %.
"""


def is_starter(place: str, percent: str) -> str:
    """An SQL condition over two whole numbers."""
    return f"(({place} + 1) * {percent} / 100 > {place} * {percent} / 100)"


# Open tasks whose mark is not what the project's percent says now; those that are being claimed at
# this moment keep theirs.
_WRONG = f"""
SELECT task.id
  FROM tasks_task task
  JOIN tasks_project project ON project.id = task.project_id
  JOIN (SELECT id, sum(size) OVER (ORDER BY id) - size AS before
          FROM tasks_batch WHERE project_id = %(project)s) batch ON batch.id = task.batch_id
 WHERE task.project_id = %(project)s AND task.state = 'open'
   AND task.starter <> {
    is_starter("(batch.before + task.position)::bigint", "project.newcomer_percent")
}
 LIMIT %(most)s
   FOR NO KEY UPDATE OF task SKIP LOCKED"""
MARK = f"UPDATE tasks_task SET starter = NOT starter WHERE id IN ({_WRONG})"
