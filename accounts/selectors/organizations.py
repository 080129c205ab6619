"""A client's people and keys, for its page. The caller has checked that the viewer may see them."""

import uuid

from django.db.models import Q, QuerySet

from accounts.models import ApiKey, Membership, Organization
from marketplace.core.expressions import Now


def members(organization_id: uuid.UUID) -> QuerySet[Membership]:
    """Everybody in it, longest first."""
    rows = Membership.objects.filter(organization_id=organization_id)
    return rows.select_related("user").order_by("created_at", "id")


def live_keys(organization_id: uuid.UUID) -> QuerySet[ApiKey]:
    """Keys that work now, by name."""
    rows = ApiKey.objects.filter(organization_id=organization_id, revoked_at__isnull=True)
    unexpired = rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
    return unexpired.select_related("created_by").order_by("name", "slot")


def everything() -> QuerySet[Organization]:
    """All clients by name, for staff who choose one."""
    return Organization.objects.order_by("name", "id")
