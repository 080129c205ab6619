"""When it is worth asking for work again, for an annotator who got none."""

import uuid

from django.db import connection

# Somebody may give a task back at any time, or a client may post: nobody waits longer than this.
LONGEST = 600
SHORTEST = 5
# The first claim to run out in a project of theirs may give its slot back.
_NEXT = """
SELECT extract(epoch FROM min(head.leased_until) - core_now())
  FROM tasks_candidate candidate
  JOIN tasks_project project ON project.id = candidate.project_id AND project.state = 'active'
 CROSS JOIN LATERAL (
     SELECT held.leased_until FROM tasks_assignment held
      WHERE held.project_id = project.id AND held.state IN ('claimed', 'returned')
      ORDER BY held.leased_until LIMIT 1) head
 WHERE candidate.annotator_id = %s"""


def ask_again(annotator_id: uuid.UUID) -> int:
    """Seconds, from 5 to 600: until the first claim on a project of theirs may run out."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [annotator_id])
        (seconds,) = cursor.fetchone()
    if seconds is None:
        return LONGEST
    return int(min(max(float(seconds), SHORTEST), LONGEST))
