"""An owner asks somebody by e-mail to join; whether the address has an account stays unsaid."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models.organization import Organization
from accounts.states import InvitationState, Role
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "InvitationQuerySet":
        """Staff see all, a user those of their organizations; nobody else any.

        Those addressed to a person are read by `selectors.invitations.for_user`.
        """
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class Invitation(models.Model):
    """`email` is in lower case; whoever proves that address may accept, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    state = models.CharField(max_length=10, choices=InvitationState, default=InvitationState.OPEN)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Invitation"]] = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(state="open"),
                name="accounts_invitation_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=InvitationState.values),
                name="accounts_invitation_state",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_invitation_role"
            ),
        ]
        indexes = [
            models.Index(
                fields=["email"],
                condition=models.Q(state="open"),
                name="accounts_invitation_email",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.email} to {self.organization}"
