"""Money that a person moved in Stripe's dashboard, and that staff took into our books."""

from django.db import models

from accounts.models import AnnotatorProfile, Organization
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.models.clawback import Clawback
from payments.models.difference import Difference
from payments.models.payout import Payout
from payments.models.refund import Refund


class HandBooking(models.Model):
    """A refund to `organization` or a transfer to `annotator` that no row of ours asked for.

    Above a limit another person than `asked_by` books it (`decided_by`); until then it has no
    `booked_at`. Booked, it has led to a `refund`, or to a `payout` and for what was not payable to
    a `clawback`. `stripe_id` is its number there, booked once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    difference = models.OneToOneField(
        Difference, on_delete=models.PROTECT, related_name="hand_booking"
    )
    stripe_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300)
    asked_by = models.CharField(max_length=80)
    decided_by = models.CharField(max_length=80, blank=True)
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="hand_booking"
    )
    payout = models.OneToOneField(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="hand_booking"
    )
    clawback = models.OneToOneField(
        Clawback, on_delete=models.PROTECT, null=True, blank=True, related_name="hand_booking"
    )
    created_at = models.DateTimeField(db_default=Now())
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "booking by hand"
        verbose_name_plural = "bookings by hand"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0) & ~models.Q(reason=""),
                name="payments_hand_amount_and_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False, annotator__isnull=True)
                | models.Q(organization__isnull=True, annotator__isnull=False),
                name="payments_hand_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(booked_at__isnull=True, refund__isnull=True, payout__isnull=True)
                | models.Q(
                    booked_at__isnull=False, refund__isnull=False, organization__isnull=False
                )
                | models.Q(booked_at__isnull=False, payout__isnull=False, annotator__isnull=False),
                name="payments_hand_booked",
            ),
            models.CheckConstraint(
                condition=models.Q(clawback__isnull=True) | models.Q(payout__isnull=False),
                name="payments_hand_owed",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("asked_by")),
                name="payments_hand_second_person",
            ),
            models.UniqueConstraint(
                fields=["stripe_id"],
                condition=models.Q(booked_at__isnull=False),
                name="payments_hand_once",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} by hand ({self.stripe_id})"
