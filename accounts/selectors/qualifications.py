"""Which grants of a qualification count now, and which are past."""

import uuid

from django.db.models import Count, Q, QuerySet

from accounts.models import Qualification, QualificationGrant
from accounts.selectors.credentials import Today


def everything() -> QuerySet[Qualification]:
    """All kinds, by name."""
    return Qualification.objects.order_by("name", "id")


def valid() -> Q:
    """Not revoked and not past its last day (a UTC date, that day included)."""
    return Q(revoked_at__isnull=True) & (Q(expires_on__isnull=True) | Q(expires_on__gte=Today()))


def past() -> QuerySet[QualificationGrant]:
    """Grants whose last day is over and that nothing has ended yet."""
    return QualificationGrant.objects.filter(revoked_at__isnull=True, expires_on__lt=Today())


def granted_to(annotator_id: uuid.UUID) -> QuerySet[QualificationGrant]:
    """What an annotator has and had, latest first."""
    rows = QualificationGrant.objects.filter(annotator_id=annotator_id)
    return rows.select_related("qualification__domain").order_by("-granted_at", "-id")


def holders(qualification_id: uuid.UUID) -> QuerySet[QualificationGrant]:
    """Grants of a qualification that count now, latest first."""
    rows = QualificationGrant.objects.filter(valid(), qualification_id=qualification_id)
    return rows.select_related("annotator__user").order_by("-granted_at", "-id")


def with_holders(rows: QuerySet[Qualification]) -> QuerySet[Qualification]:
    """Each with `holders`, how many annotators have it now."""
    live = Q(grants__revoked_at__isnull=True) & (
        Q(grants__expires_on__isnull=True) | Q(grants__expires_on__gte=Today())
    )
    return rows.annotate(holders=Count("grants", filter=live))
