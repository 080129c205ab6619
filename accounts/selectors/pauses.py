"""Which pauses hold now, and which are over."""

import uuid

from django.db.models import Q, QuerySet

from accounts.models import Pause
from marketplace.core.expressions import Now


def live() -> Q:
    """Not lifted, and not past `until`."""
    return Q(lifted_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=Now()))


def over() -> QuerySet[Pause]:
    """Pauses past their end that nothing has lifted yet."""
    return Pause.objects.filter(lifted_at__isnull=True, until__lte=Now())


def of(annotator_id: uuid.UUID) -> QuerySet[Pause]:
    """The pauses that hold for an annotator now, oldest first."""
    rows = Pause.objects.filter(live(), annotator_id=annotator_id)
    return rows.select_related("domain").order_by("made_at", "id")
