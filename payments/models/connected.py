"""The Stripe objects that stand for our clients and annotators."""

from typing import ClassVar

import pghistory
from django.db import models

from accounts.models import AnnotatorProfile, Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now


class BillingCustomer(models.Model):
    """An organization's Stripe customer."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, primary_key=True)
    stripe_customer = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return self.stripe_customer


class ConnectedAccountQuerySet(models.QuerySet["ConnectedAccount"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ConnectedAccountQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


@pghistory.track()
class ConnectedAccount(models.Model):
    """An annotator's Stripe account (Accounts v2, recipient).

    `transfers` is the status of the capability `stripe_balance.stripe_transfers` as last read from
    Stripe; only `active` may be paid, every other and every unknown value may not. `requirements`
    are what Stripe still wants, the first of it until `requirements_due_at`.

    `details_print` is a fingerprint of the bank accounts there, of which we keep nothing else. When
    it changes, payouts wait until `payouts_held_until`. `stopped_at`: the annotator said that they
    did not change anything, and payouts wait for a person. `renewals` counts the accounts that were
    closed and given up before this one.
    """

    annotator = models.OneToOneField(
        AnnotatorProfile,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="connected_account",
    )
    stripe_account = models.CharField(max_length=64, unique=True, null=True, blank=True)
    transfers = models.CharField(max_length=24, default="none")
    requirements = models.JSONField(default=list, blank=True)
    requirements_due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    details_print = models.CharField(max_length=64, blank=True, default="", db_default="")
    details_changed_at = models.DateTimeField(null=True, blank=True)
    payouts_held_until = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    renewals = models.PositiveSmallIntegerField(default=0, db_default=0)
    bank_read_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["ConnectedAccount"]] = ConnectedAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(payouts_held_until__isnull=True)
                | models.Q(
                    details_changed_at__isnull=False,
                    payouts_held_until__gte=models.F("details_changed_at"),
                ),
                name="payments_connected_held",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True)
                | models.Q(stripe_account__isnull=False),
                name="payments_connected_stopped",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.stripe_account or "not yet made"
