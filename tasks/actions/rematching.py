"""Candidates of several projects at once: each project's refresh is a job of its own."""

import uuid

from django.db import transaction

from marketplace.core import outbox
from tasks.models import Project
from tasks.states import ProjectState

_MATCHED = (ProjectState.ACTIVE, ProjectState.PAUSED)


@transaction.atomic
def refresh_organization(*, organization_id: uuid.UUID) -> int:
    """Promise a refresh of every project of a client that is active or paused; returns how many."""
    rows = Project.objects.filter(organization_id=organization_id, state__in=_MATCHED)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        outbox.enqueue("tasks.refresh_project", project_id=str(pk))
    return len(ids)
