"""What Stripe told us, as it told us, before anything is done with it."""

from django.db import models

from marketplace.core.expressions import Now
from payments.states import EventState


class StripeEvent(models.Model):
    """A verified event under its own unique id: a duplicate finds its row and does nothing."""

    id = models.CharField(max_length=64, primary_key=True)
    type = models.CharField(max_length=120)
    account = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=120, blank=True)
    livemode = models.BooleanField()
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=EventState, default=EventState.RECEIVED)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "event from Stripe"
        verbose_name_plural = "events from Stripe"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=EventState.values), name="payments_event_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(state="received"),
                name="payments_event_waiting",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.type} {self.id}"
