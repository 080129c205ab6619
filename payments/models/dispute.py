"""A client's bank asks for a payment back, and what of the client stands still meanwhile."""

from django.db import models

from accounts.models import Organization
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.states import DisputeState


class Dispute(models.Model):
    """As last read at Stripe. `organization` is null where the payment is none of our deposits.

    `taken` says from which pots the withdrawn money was taken: `[[kind, owner, minor], ...]`; a
    dispute that is won gives back exactly that. Stripe's fee for it is the platform's.
    `made_good` says likewise what the client's pots gave later for the platform's part of a lost
    one: `made_good_minor` in all.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stripe_dispute = models.CharField(max_length=64, unique=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="disputes"
    )
    payment_intent = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    withdrawn_minor = models.BigIntegerField(default=0)
    reinstated_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    taken = models.JSONField(default=list, blank=True)
    made_good_minor = models.BigIntegerField(default=0, db_default=0)
    made_good = models.JSONField(default=list, db_default=[], blank=True)
    state = models.CharField(max_length=10, choices=DisputeState)
    reason = models.CharField(max_length=64)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DisputeState.values), name="payments_dispute_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, withdrawn_minor__gte=0)
                & models.Q(
                    reinstated_minor__gte=0, reinstated_minor__lte=models.F("withdrawn_minor")
                ),
                name="payments_dispute_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    made_good_minor__gte=0, made_good_minor__lte=models.F("withdrawn_minor")
                ),
                name="payments_dispute_made_good",
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at"])]

    def __str__(self) -> str:
        """For people."""
        return self.stripe_dispute

    @property
    def loss_minor(self) -> int:
        """What the platform still bears of it."""
        borne = sum(part for kind, _whose, part in self.taken if kind == "platform_loss")
        return int(borne) - self.made_good_minor


class ClientFreeze(models.Model):
    """While one is not lifted, `payments_reserve()` promises nothing of the client's pots."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="freezes")
    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="freeze")
    made_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=120, blank=True)
    lifted_why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by="", lifted_why="")
                | (
                    models.Q(lifted_at__isnull=False)
                    & ~models.Q(lifted_by="")
                    & ~models.Q(lifted_why="")
                ),
                name="payments_freeze_lifted",
            )
        ]
        indexes = [
            models.Index(
                fields=["organization"],
                condition=models.Q(lifted_at__isnull=True),
                name="payments_freeze_live",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.organization_id} because of {self.dispute_id}"
