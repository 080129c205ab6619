"""What our books and another record do not agree on: a row for a person, never only a log line."""

from django.conf import settings
from django.db import models

from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.states import DifferenceState


class Difference(models.Model):
    """`kind` says which comparison found it, `subject` what it is about (`transfer:tr_x`).

    Open once for each kind and subject. `owner` is who looks into it; `resolution` is what that
    person found and did. `ours_minor` and `theirs_minor` are the two amounts where there are such.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    reason = models.CharField(max_length=500)
    currency = models.CharField(max_length=3, blank=True)
    ours_minor = models.BigIntegerField(null=True, blank=True)
    theirs_minor = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=DifferenceState, default=DifferenceState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.TextField(max_length=2000, blank=True)
    found_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DifferenceState.values),
                name="payments_difference_state",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state="open"),
                name="payments_difference_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", resolved_at__isnull=True)
                | (
                    models.Q(state="resolved", resolved_at__isnull=False) & ~models.Q(resolution="")
                ),
                name="payments_difference_resolved",
            ),
        ]
        indexes = [models.Index(fields=["state", "-found_at"])]

    def __str__(self) -> str:
        """For people."""
        return self.reason
