"""A licence, degree or post that an annotator claims and staff verify."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.domain import Domain
from accounts.states import CredentialKind, CredentialState
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from marketplace.core.models import StoredFile


class CredentialQuerySet(models.QuerySet["Credential"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "CredentialQuerySet":
        """Staff see all, a user their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


@pghistory.track()
class Credential(models.Model):
    """What was claimed, the evidence for it, and what staff found.

    A verified one counts until `expires_on` (a UTC date, that day included), if there is one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="credentials"
    )
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=CredentialKind)
    title = models.CharField(max_length=160)
    issuer = models.CharField(max_length=160)
    number = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    evidence = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=CredentialState, default=CredentialState.CLAIMED
    )
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Credential"]] = CredentialQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=CredentialState.values),
                name="accounts_credential_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="verified")
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="accounts_credential_verified_by",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="refused") | ~models.Q(reason=""),
                name="accounts_credential_refused_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state="claimed"),
                name="accounts_credential_waiting",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.title}, {self.issuer}"
