"""What an annotator earned, one row for each accepted submission or review."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.models.payout import Payout
from payments.models.reservation import Reservation
from payments.states import EarningState


class EarningQuerySet(models.QuerySet["Earning"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "EarningQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Earning(models.Model):
    """`source` is `assignment:<id>` or `review:<id>`; `label` is a sentence the annotator can read.

    Pending until `hold_until`, then payable, then in a payout, then paid. `hold_reason` says why
    it waits.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="earnings"
    )
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT)
    source = models.CharField(max_length=64, unique=True)
    pot = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=EarningState, default=EarningState.PENDING)
    hold_until = models.DateTimeField()
    hold_reason = models.CharField(max_length=120)
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="earnings"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Earning"]] = EarningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=EarningState.values), name="payments_earning_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_earning_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "payable"], payout__isnull=True)
                | models.Q(state__in=["in_transit", "paid"], payout__isnull=False),
                name="payments_earning_payout",
            ),
        ]
        indexes = [
            models.Index(
                fields=["hold_until"],
                condition=models.Q(state="pending"),
                name="payments_earning_held",
            ),
            models.Index(fields=["annotator", "-created_at"]),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.label
