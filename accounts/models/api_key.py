"""API keys: the secret is shown once and kept only as a digest."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.organization import Organization
from accounts.states import Scope
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ApiKeyQuerySet":
        """Staff see all, a user those of their organizations; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class ApiKey(models.Model):
    """A named key of an organization; each name has two slots, to rotate a key without a gap."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="api_keys"
    )
    name = models.CharField(max_length=60)
    slot = models.PositiveSmallIntegerField()
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ApiKey"]] = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name", "slot"],
                condition=models.Q(revoked_at__isnull=True),
                name="accounts_api_key_two_live",
            ),
            models.CheckConstraint(
                condition=models.Q(slot__in=[1, 2]), name="accounts_api_key_slot"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values),
                name="accounts_api_key_scopes",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.name} ({self.prefix}…)"
