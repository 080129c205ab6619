"""The domain expert who does the work, as the platform knows them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.domain import Domain
from accounts.states import AnnotatorState
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class AnnotatorQuerySet(models.QuerySet["AnnotatorProfile"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "AnnotatorQuerySet":
        """Staff see all, a user their own profile; clients see none (results name pseudonyms)."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(user_id=actor.id)
        return self.none()


class AnnotatorProfile(models.Model):
    """One annotator. `pseudonym` is what clients see in results; it leads back to nobody outside.

    `languages` are ISO 639-1 codes, `country` is ISO 3166-1 alpha-2 in upper case. `tier` says how
    far the platform trusts what was shown so far: 1 (provisional) to 4 (principal).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotator"
    )
    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=AnnotatorState, default=AnnotatorState.ACTIVE)
    country = models.CharField(max_length=2)
    languages = ArrayField(models.CharField(max_length=2))
    domains = models.ManyToManyField(Domain, related_name="annotators")
    tier = models.PositiveSmallIntegerField(default=1, db_default=1)
    bio = models.TextField(blank=True, max_length=4000)
    links = ArrayField(models.URLField(max_length=300), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["AnnotatorProfile"]] = AnnotatorQuerySet.as_manager()

    class Meta:
        verbose_name = "annotator"
        verbose_name_plural = "annotators"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AnnotatorState.values),
                name="accounts_annotator_state",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
                name="accounts_annotator_country",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__gte=1, tier__lte=4), name="accounts_annotator_tier"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return str(self.user)
