"""A client's money coming in: by card, by bank transfer, by itself."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.states import DepositMethod, DepositState


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
    lost. `checkout_url` is the hosted page where it is paid, of Checkout or of the invoice.
    `invoice_number` is what is printed on the invoice, by which both sides name it.
    `received_minor` is what came of an invoice so far and waits at Stripe: it is no part of our
    balance, and so not booked, until the invoice is covered. `card` is the saved card that an
    automatic top-up charges, `first_tried_at` when it was first tried. `asked_by`
    is the actor's key; empty where nobody asked (top-ups, what was sent too much) and for deposits
    older than the column.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="deposits"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    asked_by = models.CharField(max_length=80, default="", db_default="", blank=True)
    method = models.CharField(
        max_length=13,
        choices=DepositMethod,
        default=DepositMethod.CARD,
        db_default=DepositMethod.CARD,
    )
    state = models.CharField(max_length=13, choices=DepositState, default=DepositState.CREATED)
    checkout_session = models.CharField(max_length=120, unique=True, null=True, blank=True)
    checkout_url = models.URLField(max_length=600, blank=True)
    invoice = models.CharField(max_length=64, unique=True, null=True, blank=True)
    invoice_number = models.CharField(max_length=64, default="", db_default="", blank=True)
    received_minor = models.BigIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    card = models.CharField(max_length=64, blank=True, default="", db_default="")
    first_tried_at = models.DateTimeField(null=True, blank=True)
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
            models.CheckConstraint(
                condition=models.Q(method__in=DepositMethod.values), name="payments_deposit_method"
            ),
            models.CheckConstraint(
                condition=models.Q(received_minor__gte=0)
                & models.Q(received_minor__lte=models.F("amount_minor")),
                name="payments_deposit_received",
            ),
            models.UniqueConstraint(
                fields=["organization", "currency", "method"],
                condition=models.Q(
                    method__in=["top_up", "cash_balance"], state__in=["created", "open"]
                ),
                name="payments_deposit_one_at_once",
            ),
            models.CheckConstraint(
                condition=models.Q(method="top_up") & ~models.Q(card="")
                | ~models.Q(method="top_up") & models.Q(card=""),
                name="payments_deposit_card",
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
        return f"{major(self.amount_minor, self.currency)} from {self.organization}"
