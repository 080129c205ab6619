"""Earned money that a person takes back, and how a debt that this made grew smaller."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.models.earning import Earning
from payments.models.payout import Payout
from payments.models.reversal import Reversal
from payments.states import ClawbackState

PLACES = ("pending", "payable", "debt")
WAYS = ("payout", "reversal", "returned", "write_off")


class ClawbackQuerySet(models.QuerySet["Clawback"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ClawbackQuerySet":
        """Staff see all, an annotator what was booked against them; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id, booked_at__isnull=False)
        return self.none()


class Clawback(models.Model):
    """`amount_minor` of an earning, and of the platform's fee on it `fee_minor`, go back.

    `taken_from` is where the money was: `pending` or `payable` money is taken as it is, of money
    that was paid a `debt` is left, of which `settled_minor` is settled (see `Recovery`).
    `asked_by`, `approved_by` and `decided_by` are keys of actors; who asks neither approves nor
    decides on what the annotator objects.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="clawbacks")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="clawbacks"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    settled_minor = models.BigIntegerField(default=0)
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=ClawbackState, default=ClawbackState.ASKED)
    taken_from = models.CharField(max_length=8, blank=True)
    second_needed = models.BooleanField()
    asked_by = models.CharField(max_length=120)
    approved_by = models.CharField(max_length=120, blank=True)
    contested_at = models.DateTimeField(null=True, blank=True)
    contest = models.TextField(max_length=2000, blank=True)
    decided_by = models.CharField(max_length=120, blank=True)
    decision = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    booked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Clawback"]] = ClawbackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ClawbackState.values), name="payments_clawback_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, fee_minor__gte=0),
                name="payments_clawback_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__regex=r"^.{40}"), name="payments_clawback_reasoned"
            ),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("asked_by"))
                & ~models.Q(decided_by=models.F("asked_by")),
                name="payments_clawback_another",
            ),
            models.CheckConstraint(
                condition=models.Q(second_needed=False)
                | models.Q(state__in=["asked", "refused"])
                | ~models.Q(approved_by=""),
                name="payments_clawback_second",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["asked", "waiting", "refused"],
                    taken_from="",
                    booked_at__isnull=True,
                )
                | models.Q(
                    state__in=["booked", "reversed"],
                    taken_from__in=PLACES,
                    booked_at__isnull=False,
                ),
                name="payments_clawback_booked",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_minor=0)
                | models.Q(
                    taken_from="debt",
                    settled_minor__gt=0,
                    settled_minor__lte=models.F("amount_minor"),
                ),
                name="payments_clawback_settled",
            ),
            models.CheckConstraint(
                condition=models.Q(contested_at__isnull=True, contest="")
                | (models.Q(contested_at__isnull=False) & ~models.Q(contest="")),
                name="payments_clawback_contested",
            ),
        ]
        indexes = [
            models.Index(fields=["annotator", "currency", "id"]),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["asked", "waiting"]),
                name="payments_clawback_open",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} taken back"

    @property
    def unpaid_minor(self) -> int:
        """What of the debt is left."""
        open_debt = self.state == ClawbackState.BOOKED and self.taken_from == "debt"
        return self.amount_minor - self.settled_minor if open_debt else 0


class Recovery(models.Model):
    """`amount_minor` of a debt was settled: kept from a payout, by a reversal of a transfer, from
    money that had come back by itself, or written off. One of a payout that failed is undone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clawback = models.ForeignKey(Clawback, on_delete=models.PROTECT, related_name="recoveries")
    way = models.CharField(max_length=10)
    amount_minor = models.BigIntegerField()
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="recoveries"
    )
    reversal = models.ForeignKey(
        Reversal, on_delete=models.PROTECT, null=True, blank=True, related_name="recoveries"
    )
    created_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "settled part of a debt"
        verbose_name_plural = "settled parts of debts"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_recovery_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(way="payout", payout__isnull=False, reversal__isnull=True)
                | models.Q(way="reversal", payout__isnull=True, reversal__isnull=False)
                | models.Q(
                    way__in=["returned", "write_off"], payout__isnull=True, reversal__isnull=True
                ),
                name="payments_recovery_way",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.clawback.currency)} of a debt settled"
