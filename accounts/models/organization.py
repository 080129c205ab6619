"""A client: the organization that posts projects and pays, and its members."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.states import Role
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "OrganizationQuerySet":
        """Staff see all, a key its own, a user those they are a member of; others none."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(pk=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(memberships__user_id=actor.id)
        return self.none()


class Organization(models.Model):
    """The tenant: everything a client owns hangs on it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Organization"]] = OrganizationQuerySet.as_manager()

    def __str__(self) -> str:
        """For people."""
        return self.name


class Membership(models.Model):
    """A user's role in an organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="accounts_member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_member_role"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.user} {self.role} of {self.organization}"
