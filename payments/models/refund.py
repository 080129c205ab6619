"""A client's prepaid money on its way back to the payments that it came from."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.models.deposit import Deposit
from payments.states import AtStripe, RefundPartState, RefundState


class RefundQuerySet(models.QuerySet["Refund"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "RefundQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class Refund(models.Model):
    """What a client asked back, in minor units; its parts say from which payments.

    `asked_by` and `decided_by` are actors' keys; a decision is needed above a limit.
    `failed_minor` came back, because Stripe or the bank refused it, and is prepaid again.
    `borne_minor` of one that was made by hand at Stripe was not prepaid any more: the platform's
    loss.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="refunds")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    failed_minor = models.BigIntegerField(default=0)
    borne_minor = models.BigIntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    asked_by = models.CharField(max_length=80)
    decided_by = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Refund"]] = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RefundState.values), name="payments_refund_state"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gt=0,
                    failed_minor__gte=0,
                    failed_minor__lte=models.F("amount_minor"),
                ),
                name="payments_refund_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(borne_minor__gte=0, borne_minor__lte=models.F("amount_minor")),
                name="payments_refund_borne",
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed", failed_minor=models.F("amount_minor"))
                | models.Q(~models.Q(state="failed"), failed_minor__lt=models.F("amount_minor")),
                name="payments_refund_failed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["requested", "sending"], ended_at__isnull=True)
                | models.Q(state__in=["sent", "failed", "declined"], ended_at__isnull=False),
                name="payments_refund_ended",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("asked_by")),
                name="payments_refund_second_person",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-created_at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} back to {self.organization}"


class RefundPart(models.Model):
    """What of a refund goes back to one payment: the outbox row of one refund at Stripe.

    `attempt` is part of the idempotency key; `ambiguous` says that a call may have worked.
    `at_stripe` is what Stripe said of the refund when we last read it; empty before that.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="refund_parts")
    payment_intent = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=RefundPartState, default=RefundPartState.READY)
    stripe_refund = models.CharField(max_length=64, unique=True, null=True, blank=True)
    at_stripe = models.CharField(max_length=16, choices=AtStripe, blank=True, db_default="")
    attempt = models.PositiveIntegerField(default=1)
    ambiguous = models.BooleanField(default=False)
    empty_looks = models.PositiveSmallIntegerField(default=0)
    last_look_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(db_default=Now())
    last_error = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RefundPartState.values),
                name="payments_refund_part_state",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_refund_part_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(at_stripe__in=["", *AtStripe.values]),
                name="payments_refund_part_at_stripe",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sent")
                | models.Q(stripe_refund__isnull=False, sent_at__isnull=False),
                name="payments_refund_part_sent",
            ),
            models.UniqueConstraint(
                fields=["refund", "payment_intent"], name="payments_refund_part_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=["ready", "sending", "unknown"]),
                name="payments_refund_part_due",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} to {self.payment_intent}"
