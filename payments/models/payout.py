"""A payout: one transfer to one annotator's Stripe account, sent exactly once."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import CONNECT_TRANSFER, RAIL_NAMES, major
from payments.states import MADE, PayoutState


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "PayoutQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Payout(models.Model):
    """Amount, rail and destination are frozen when the row is made. The row is its own outbox.

    `attempt` numbers the idempotency key `payout:<id>:<attempt>`; `ambiguous` says that a call may
    have worked although its answer was lost; `empty_looks` counts looks at Stripe that found no
    such transfer. `recovered_minor` of what the earnings bring was kept against a debt;
    `reversed_minor` of the amount has come back by reversals of the transfer.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="payouts"
    )
    destination = models.CharField(max_length=64)
    rail = models.CharField(max_length=20, default=CONNECT_TRANSFER, db_default=CONNECT_TRANSFER)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    recovered_minor = models.BigIntegerField(default=0, db_default=0)
    reversed_minor = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=14, choices=PayoutState, default=PayoutState.READY)
    attempt = models.PositiveSmallIntegerField(default=1)
    ambiguous = models.BooleanField(default=False)
    empty_looks = models.PositiveSmallIntegerField(default=0)
    last_look_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(db_default=Now())
    stripe_transfer = models.CharField(max_length=64, unique=True, null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Payout"]] = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rail__in=RAIL_NAMES), name="payments_payout_rail"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=PayoutState.values), name="payments_payout_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, recovered_minor__gte=0),
                name="payments_payout_positive",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=MADE) | models.Q(stripe_transfer__isnull=False),
                name="payments_payout_sent_has_transfer",
            ),
            models.CheckConstraint(
                condition=models.Q(state="reversed", reversed_minor=models.F("amount_minor"))
                | models.Q(
                    state="part_reversed",
                    reversed_minor__gt=0,
                    reversed_minor__lt=models.F("amount_minor"),
                )
                | (~models.Q(state__in=["part_reversed", "reversed"]) & models.Q(reversed_minor=0)),
                name="payments_payout_reversed",
            ),
            models.UniqueConstraint(
                fields=["annotator", "currency"],
                condition=models.Q(state__in=["ready", "sending", "unknown", "frozen"]),
                name="payments_payout_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=["ready", "sending", "unknown"]),
                name="payments_payout_due",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} to {self.destination}"
