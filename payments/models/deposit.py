"""A client's money coming in, through Stripe Checkout."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.states import DepositState


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "DepositQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class Deposit(models.Model):
    """Booked only when Stripe says `paid`, whatever the return page says.

    `next_check_at` is when an unfinished deposit is read again at Stripe, should its webhook be
    lost. `asked_by` is the actor's key, empty for deposits older than the column.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="deposits"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    asked_by = models.CharField(max_length=80, default="", db_default="", blank=True)
    state = models.CharField(max_length=10, choices=DepositState, default=DepositState.CREATED)
    checkout_session = models.CharField(max_length=120, unique=True, null=True, blank=True)
    checkout_url = models.URLField(max_length=600, blank=True)
    payment_intent = models.CharField(max_length=64, unique=True, null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Deposit"]] = DepositQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DepositState.values), name="payments_deposit_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_deposit_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paid")
                | models.Q(payment_intent__isnull=False, paid_at__isnull=False),
                name="payments_deposit_paid",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(state__in=["created", "open"]),
                name="payments_deposit_unfinished",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.amount_minor} {self.currency} from {self.organization}"
