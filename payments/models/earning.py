"""What an annotator earned, one row for each piece of work."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.models.payout import Payout
from payments.models.reservation import Reservation
from payments.states import AWARDS, EarningKind, EarningState


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
    """`source` is `assignment:<id>`, `review:<id>` or `award:<id>`; `label` is for the annotator.

    `lines` are the parts of the amount, each `{"kind", "amount_minor", "text"}`, which sum to it;
    `fee_minor` is what the platform got on top. `taken_minor` of the amount was taken back by a
    person (a clawback) before it was paid; what is taken back later is a debt. An award (`AWARDS`)
    is paid by the platform: it has no reservation, and `pot` is `platform`.

    `usual_until` is the end of the hold that was told first, where a person made it longer.

    Pending until `hold_until`, then payable, then in a payout, then paid. `hold_reason` says why
    it waits.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="earnings"
    )
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(
        max_length=12, choices=EarningKind, default=EarningKind.WORK, db_default="work"
    )
    source = models.CharField(max_length=64, unique=True)
    pot = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0, db_default=0)
    taken_minor = models.BigIntegerField(default=0, db_default=0)
    lines = models.JSONField(default=list, db_default=[], blank=True)
    state = models.CharField(max_length=10, choices=EarningState, default=EarningState.PENDING)
    hold_until = models.DateTimeField()
    hold_reason = models.CharField(max_length=120)
    usual_until = models.DateTimeField(null=True, blank=True)
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
                condition=models.Q(amount_minor__gt=0, fee_minor__gte=0),
                name="payments_earning_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=EarningKind.values), name="payments_earning_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AWARDS, reservation__isnull=True, fee_minor=0)
                | (~models.Q(kind__in=AWARDS) & models.Q(reservation__isnull=False)),
                name="payments_earning_funded",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_minor__gte=0)
                & (
                    models.Q(state="taken", taken_minor=models.F("amount_minor"))
                    | (
                        ~models.Q(state="taken")
                        & models.Q(taken_minor__lt=models.F("amount_minor"))
                    )
                ),
                name="payments_earning_taken",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "payable", "taken"], payout__isnull=True)
                | models.Q(state__in=["in_transit", "paid"], payout__isnull=False),
                name="payments_earning_payout",
            ),
            models.CheckConstraint(
                condition=models.Q(usual_until__isnull=True)
                | models.Q(usual_until__lte=models.F("hold_until")),
                name="payments_earning_usual",
            ),
        ]
        indexes = [
            models.Index(
                fields=["hold_until"],
                condition=models.Q(state="pending"),
                name="payments_earning_held",
            ),
            models.Index(fields=["annotator", "-created_at"]),
            models.Index(
                fields=["pot", "-id"],
                condition=models.Q(reservation__isnull=False),
                name="payments_earning_of_pot",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.label
