"""What a claim reserves: the promise that its work will be paid."""

from django.db import models

from accounts.models import Organization
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.states import ReservationState


class Reservation(models.Model):
    """Price and fee of one assignment or review, moved from project funds to the reserve.

    `holder` is `assignment:<id>` or `review:<id>`, `pot` is `project:<id>`; payments knows no more
    of them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    holder = models.CharField(max_length=64, unique=True)
    pot = models.CharField(max_length=64)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ReservationState, default=ReservationState.HELD)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ReservationState.values),
                name="payments_reservation_state",
            ),
            models.CheckConstraint(
                condition=models.Q(price_minor__gt=0, fee_minor__gte=0),
                name="payments_reservation_amounts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pot"], condition=models.Q(state="held"), name="payments_reservation_held"
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.price_minor + self.fee_minor, self.currency)} reserved for work"
