"""When it is worth asking for work again, for an annotator who got none."""

import uuid

from django.db import connection

# Somebody may give a task back at any time, or a client may post: nobody waits longer than this.
LONGEST = 600
SHORTEST = 5
# The first claim to run out in a project of theirs may give its slot back. Claims that run out
# later than anybody waits are not looked at.
_NEXT = """
SELECT extract(epoch FROM held.leased_until - core_now())
  FROM tasks_assignment held
 WHERE held.state IN ('claimed', 'returned')
   AND held.leased_until < (SELECT core_now() + %(longest)s * interval '1 second')
   AND EXISTS (SELECT 1 FROM tasks_candidate candidate
                 JOIN tasks_project project ON project.id = candidate.project_id
                WHERE candidate.annotator_id = %(annotator)s
                  AND candidate.project_id = held.project_id AND project.state = 'active')
 ORDER BY held.leased_until LIMIT 1"""

_MIDNIGHT = """
SELECT extract(epoch FROM date_trunc('day', now.utc) + interval '1 day' - now.utc)
  FROM (SELECT core_now() AT TIME ZONE 'UTC' AS utc) now"""


def ask_again(annotator_id: uuid.UUID) -> int:
    """Seconds, from 5 to 600: until the first claim on a project of theirs may run out."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"annotator": annotator_id, "longest": LONGEST})
        found = cursor.fetchone()
    if found is None:
        return LONGEST
    return int(min(max(float(found[0]), SHORTEST), LONGEST))


def until_midnight() -> int:
    """Seconds to the end of the UTC day, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(_MIDNIGHT)
        (seconds,) = cursor.fetchone()
    return max(1, int(seconds))
