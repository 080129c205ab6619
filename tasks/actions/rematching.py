"""Candidates of several projects at once: each project's refresh is a job of its own."""

import uuid

from django.db import connection, transaction

from marketplace.core import outbox
from tasks.models import Project
from tasks.states import ProjectState

_MATCHED = (ProjectState.ACTIVE, ProjectState.PAUSED)
# Projects for whose competitors somebody worked so long ago that the wall's months were not over
# when the project was last refreshed, and are now: the rule's own condition at the two moments. A
# refresh reads up to a minute (the time limit of a job) before the moment that it notes.
_LAPSED = """
SELECT project.id FROM tasks_project project
  JOIN tasks_matching matching ON matching.project_id = project.id
 WHERE project.state IN ('active', 'paused') AND EXISTS (
     SELECT 1 FROM accounts_wall wall
       JOIN tasks_project other
         ON other.organization_id = CASE WHEN wall.first_id = project.organization_id
                                         THEN wall.second_id ELSE wall.first_id END
       JOIN tasks_assignment work ON work.project_id = other.id
      WHERE project.organization_id IN (wall.first_id, wall.second_id) AND wall.lifted_at IS NULL
        AND work.claimed_at <= core_now() - make_interval(months => wall.months)
        AND work.claimed_at > matching.refreshed_at - interval '1 minute'
                              - make_interval(months => wall.months))
 ORDER BY project.id"""


@transaction.atomic
def refresh_organization(*, organization_id: uuid.UUID) -> int:
    """Promise a refresh of every project of a client that is active or paused; returns how many."""
    rows = Project.objects.filter(organization_id=organization_id, state__in=_MATCHED)
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
