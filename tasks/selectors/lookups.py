"""Rows that staff name by what they have at hand: an address, a pseudonym, an id."""

import uuid
from uuid import UUID

from django.db.models import Q

from accounts.models import AnnotatorProfile
from tasks.models import Task


def annotator(text: str) -> AnnotatorProfile | None:
    """Who has this e-mail address, pseudonym or profile id."""
    rows = AnnotatorProfile.objects.select_related("user")
    number = _uuid(text)
    if number is None:
        return rows.filter(user__email__iexact=text.strip()).first()
    return rows.filter(Q(pk=number) | Q(pseudonym=number)).first()


def project_of_task(task_id: UUID) -> UUID | None:
    """The project a task belongs to."""
    return Task.objects.filter(pk=task_id).values_list("project_id", flat=True).first()


def _uuid(text: str) -> UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
