"""Invitations that wait: to a person, and of an organization."""

import uuid

from django.db.models import QuerySet

from accounts.models import Invitation, User
from accounts.states import InvitationState


def for_user(user: User) -> QuerySet[Invitation]:
    """Open ones to the person's address, oldest first. Nobody is signed in whose address is not
    proved: sign-in asks for it.
    """
    rows = Invitation.objects.filter(email=user.email, state=InvitationState.OPEN)
    return rows.select_related("organization", "invited_by").order_by("created_at", "id")


def of_organization(organization_id: uuid.UUID) -> QuerySet[Invitation]:
    """Open ones of an organization, oldest first."""
    rows = Invitation.objects.filter(organization_id=organization_id, state=InvitationState.OPEN)
    return rows.order_by("created_at", "id")
