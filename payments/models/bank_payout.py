"""Stripe's own payout from an annotator's balance there to their bank: shown, never booked."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.states import BankPayoutState


class BankPayoutQuerySet(models.QuerySet["BankPayout"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "BankPayoutQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class BankPayout(models.Model):
    """One movement of the annotator's money from Stripe to their bank, as last read there.

    It may hold several of our payouts, or money from elsewhere. A bank may send back what was
    `paid`, some days later: then it is `failed`, with the reason in words. `amount_minor` may be
    below zero where Stripe took from the bank what the balance lacked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="bank_payouts"
    )
    stripe_payout = models.CharField(max_length=64, unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=BankPayoutState)
    arrives_on = models.DateField()
    failure_code = models.CharField(max_length=60, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["BankPayout"]] = BankPayoutQuerySet.as_manager()

    class Meta:
        verbose_name = "payout to a bank"
        verbose_name_plural = "payouts to banks"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=BankPayoutState.values),
                name="payments_bank_payout_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(amount_minor=0), name="payments_bank_payout_amount"
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed", failed_at__isnull=False)
                | (~models.Q(state="failed") & models.Q(failed_at__isnull=True)),
                name="payments_bank_payout_failed",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paid") | models.Q(paid_at__isnull=False),
                name="payments_bank_payout_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["annotator", "-made_at"]),
            models.Index(
                fields=["arrives_on"],
                condition=models.Q(state__in=["pending", "in_transit"]),
                name="payments_bank_payout_awaited",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} to a bank ({self.stripe_payout})"
