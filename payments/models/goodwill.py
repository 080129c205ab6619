"""Goodwill: money of the platform for an annotator after a mistake of ours."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.states import GoodwillState

LONGEST_REASON = 180  # so that the label of an earning, which begins with a word, holds it whole


class GoodwillQuerySet(models.QuerySet["GoodwillRequest"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "GoodwillQuerySet":
        """Staff see all, an annotator what was paid to them; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id, state=GoodwillState.PAID)
        return self.none()


class GoodwillRequest(models.Model):
    """What a member of staff wants an annotator to be paid, in minor units, and why.

    `asked_by` and `decided_by` are actors' keys. Above a limit another person decides; what is
    paid without one has no `decided_by`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="goodwill"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=LONGEST_REASON)
    state = models.CharField(max_length=10, choices=GoodwillState, default=GoodwillState.REQUESTED)
    asked_by = models.CharField(max_length=80)
    decided_by = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["GoodwillRequest"]] = GoodwillQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "goodwill"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_goodwill_positive"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="payments_goodwill_reason"),
            models.CheckConstraint(
                condition=models.Q(state="requested", ended_at__isnull=True, decided_by="")
                | models.Q(state__in=["paid", "declined"], ended_at__isnull=False),
                name="payments_goodwill_state",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("asked_by")),
                name="payments_goodwill_second_person",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} to {self.annotator}"
