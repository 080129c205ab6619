"""Money of a sent payout that comes back from the annotator's account at Stripe."""

from django.db import models

from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.models.payout import Payout
from payments.states import ReversalState


class Reversal(models.Model):
    """Asked for by a person for a clawback's debt, or made by hand in Stripe's dashboard (null).

    The columns of a try are those of a payout; the idempotency key is `clawback:<id>:<attempt>`.
    `returned_minor` of it met no debt and waits for a person's decision.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="reversals")
    clawback = models.ForeignKey(
        "payments.Clawback",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ReversalState, default=ReversalState.READY)
    asked_by = models.CharField(max_length=120, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    ambiguous = models.BooleanField(default=False)
    empty_looks = models.PositiveSmallIntegerField(default=0)
    last_look_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(db_default=Now())
    stripe_reversal = models.CharField(max_length=64, unique=True, null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ReversalState.values), name="payments_reversal_state"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gt=0,
                    returned_minor__gte=0,
                    returned_minor__lte=models.F("amount_minor"),
                ),
                name="payments_reversal_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="done", stripe_reversal__isnull=False, done_at__isnull=False
                )
                | (~models.Q(state="done") & models.Q(stripe_reversal__isnull=True)),
                name="payments_reversal_done",
            ),
            models.UniqueConstraint(
                fields=["payout"],
                condition=models.Q(state__in=["ready", "sending", "unknown"]),
                name="payments_reversal_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=["ready", "sending", "unknown"]),
                name="payments_reversal_due",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.amount_minor, self.currency)} of a transfer taken back"
