"""What stands on a client's invoices, with its history: old invoices stay as they were."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class BillingDetailsQuerySet(models.QuerySet["BillingDetails"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "BillingDetailsQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


@pghistory.track()
class BillingDetails(models.Model):
    """One row for each organization. `version` grows with each change; `pushed_version` is the one
    that Stripe's customer has.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="billing"
    )
    legal_name = models.CharField(max_length=200)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    postal_code = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    purchase_order = models.CharField(max_length=60, blank=True)
    emails = ArrayField(models.EmailField(max_length=254), default=list, blank=True, size=5)
    version = models.PositiveIntegerField(default=1)
    pushed_version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["BillingDetails"]] = BillingDetailsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "billing details"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="payments_billing_country"
            ),
            models.CheckConstraint(
                condition=models.Q(vat_id="") | models.Q(vat_id__regex=r"^[A-Z]{2}[0-9A-Z]{2,18}$"),
                name="payments_billing_vat_id",
            ),
            models.CheckConstraint(
                condition=models.Q(pushed_version__lte=models.F("version")),
                name="payments_billing_version",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.legal_name
