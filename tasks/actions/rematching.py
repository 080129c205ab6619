"""Candidates of several projects at once: each project's refresh is a job of its own."""

import uuid

from django.db import connection, transaction

from marketplace.core import outbox
from tasks.actions.matching import MATCHED
from tasks.models import Project

# Projects for whose competitors somebody worked so long ago that the wall's months were not over
# when the project was last refreshed, and are now: the rule's own condition at the two moments. A
# refresh reads up to a minute (the time limit of a job) before the moment that it notes. Of
# all that was ever done only the claims of that span are read, once for each number of months:
# candidates are rebuilt every night, so it is a day at most.
_LAPSED = """
WITH behind AS MATERIALIZED (
    SELECT project.id, wall.months, CASE WHEN wall.first_id = project.organization_id
                                         THEN wall.second_id ELSE wall.first_id END AS rival,
           matching.refreshed_at - interval '1 minute'
                                 - make_interval(months => wall.months) AS since
      FROM accounts_wall wall
      JOIN tasks_project project ON project.organization_id IN (wall.first_id, wall.second_id)
      JOIN tasks_matching matching ON matching.project_id = project.id
     WHERE wall.lifted_at IS NULL AND project.state IN ('active', 'paused')
), spans AS MATERIALIZED (
    SELECT months, min(since) AS since, core_now() - make_interval(months => months) AS until
      FROM behind GROUP BY months
), work AS MATERIALIZED (
    SELECT spans.months, other.organization_id AS rival, max(claim.claimed_at) AS last
      FROM spans
     CROSS JOIN LATERAL (SELECT old.project_id, old.claimed_at FROM tasks_assignment old
                          WHERE old.claimed_at > spans.since AND old.claimed_at <= spans.until
                         OFFSET 0) claim
      JOIN tasks_project other ON other.id = claim.project_id
     GROUP BY spans.months, other.organization_id
)
SELECT DISTINCT behind.id
  FROM behind JOIN work ON work.months = behind.months AND work.rival = behind.rival
 WHERE work.last > behind.since
 ORDER BY behind.id"""


@transaction.atomic
def refresh_organization(*, organization_id: uuid.UUID) -> int:
    """Promise a refresh of every project of a client that is active or paused; returns how many."""
    rows = Project.objects.filter(organization_id=organization_id, state__in=MATCHED)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        outbox.enqueue("tasks.refresh_project", project_id=str(pk))
    return len(ids)


@transaction.atomic
def refresh_walled() -> int:
    """Promise a refresh of projects that time has opened to somebody: a wall's months are over.
    Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAPSED)
        ids = [pk for (pk,) in cursor.fetchall()]
    outbox.enqueue_many("tasks.refresh_project", [{"project_id": str(pk)} for pk in ids])
    return len(ids)
