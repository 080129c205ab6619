"""What a client lets us charge by ourselves: saved cards, and rules for automatic top-ups."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SavedCardQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class SavedCard(models.Model):
    """A card that an organization saved at Stripe, which alone knows its number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cards")
    stripe_method = models.CharField(max_length=64, unique=True)
    brand = models.CharField(max_length=24)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SavedCard"]] = SavedCardQuerySet.as_manager()

    def __str__(self) -> str:
        """For people."""
        return f"{self.brand.replace('_', ' ').title()} •••• {self.last4}"


class TopUpRuleQuerySet(models.QuerySet["TopUpRule"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "TopUpRuleQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class TopUpRule(models.Model):
    """Below `floor_minor` of prepaid money, charge `amount_minor`, at most `ceiling_minor` a month.

    `failures` in a row switch it off at three; `off_reason` says so. `next_try_at` keeps tries
    after a failure apart.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="top_ups")
    currency = models.CharField(max_length=3)
    floor_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    ceiling_minor = models.BigIntegerField()
    card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    off_reason = models.CharField(max_length=300, blank=True)
    next_try_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["TopUpRule"]] = TopUpRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "automatic top-up"
        verbose_name_plural = "automatic top-ups"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "currency"], name="payments_top_up_once"
            ),
            models.CheckConstraint(
                condition=models.Q(floor_minor__gt=0, amount_minor__gt=0)
                & models.Q(ceiling_minor__gte=models.F("amount_minor")),
                name="payments_top_up_amounts",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        money = major(self.amount_minor, self.currency)
        return f"{money} when less than {major(self.floor_minor, self.currency)} is left"
