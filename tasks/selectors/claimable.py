"""Which open tasks an annotator may take: one condition for work lists and claims, as SQL."""

# Parameters: `annotator` (profile), `user` (the person). Not on it now or before, and has seen no
# answer of another as a reviewer. What ran out of time may be taken up again.
NOT_MINE = """
    NOT EXISTS (
        SELECT 1 FROM tasks_assignment own
         WHERE own.task_id = task.id AND own.annotator_id = %(annotator)s
           AND own.state NOT IN ({again}))
    AND NOT EXISTS (
        SELECT 1 FROM tasks_reviewassignment seen
          JOIN tasks_submission answer ON answer.id = seen.submission_id
         WHERE answer.task_id = task.id AND seen.reviewer_id = %(user)s)
"""
EXPIRED_AGAIN = "'expired'"
ANY_END_AGAIN = "'expired', 'released'"
