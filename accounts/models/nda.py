"""A client's confidentiality agreement, version by version, and who has signed which."""

from typing import ClassVar

from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.organization import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class NdaQuerySet(models.QuerySet["Nda"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "NdaQuerySet":
        """Staff see all, a key its organization's, a member theirs.

        Which ones an annotator may read is a selector's.
        """
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class Nda(models.Model):
    """One version of a client's agreement. A text is never changed: a new text is a new version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ndas")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    text = models.TextField()
    published_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Nda"]] = NdaQuerySet.as_manager()

    class Meta:
        verbose_name = "confidentiality agreement"
        verbose_name_plural = "confidentiality agreements"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version"], name="accounts_nda_version")
        ]
        ordering = ["organization", "version"]

    def __str__(self) -> str:
        """For people."""
        return f"{self.title}, version {self.version}"


class SignatureQuerySet(models.QuerySet["NdaSignature"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SignatureQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class NdaSignature(models.Model):
    """That an annotator agreed to one version, typing their name."""

    nda = models.ForeignKey(Nda, on_delete=models.PROTECT, related_name="signatures")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="signatures"
    )
    name = models.CharField(max_length=160)
    signed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["NdaSignature"]] = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = "signature of an agreement"
        verbose_name_plural = "signatures of agreements"
        constraints = [
            models.UniqueConstraint(fields=["nda", "annotator"], name="accounts_signature_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="accounts_signature_name"),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} signed {self.nda_id}"
