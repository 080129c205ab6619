"""Which clients stand still because of a dispute."""

import uuid

from payments.models import ClientFreeze


def is_frozen(organization_id: uuid.UUID) -> bool:
    """Whether nothing new is promised of this client's money."""
    return ClientFreeze.objects.filter(
        organization_id=organization_id, lifted_at__isnull=True
    ).exists()
