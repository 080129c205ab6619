"""Invoices that the platform makes in an annotator's name, where their tax law asks for them."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.models.clawback import Clawback
from payments.models.payout import Payout

VAT_ID = r"^[A-Z]{2}[0-9A-Z]{2,18}$"


class SelfBillingAgreementQuerySet(models.QuerySet["SelfBillingAgreement"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SelfBillingAgreementQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class SelfBilledInvoiceQuerySet(models.QuerySet["SelfBilledInvoice"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SelfBilledInvoiceQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class SelfBilledNoteQuerySet(models.QuerySet["SelfBilledNote"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SelfBilledNoteQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class SelfBillingAgreement(models.Model):
    """That an annotator agreed to self-billing: when, to which words (`terms`), and by what name.

    A change of the data ends the row and begins another; invoices stay with the one that they were
    made under. One is live at a time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="self_billing"
    )
    legal_name = models.CharField(max_length=200)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    terms = models.TextField(max_length=2000)
    agreed_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SelfBillingAgreement"]] = (
        SelfBillingAgreementQuerySet.as_manager()
    )

    class Meta:
        verbose_name = "self-billing agreement"
        verbose_name_plural = "self-billing agreements"
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"],
                condition=models.Q(ended_at__isnull=True),
                name="payments_self_billing_one_live",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
                name="payments_self_billing_country",
            ),
            models.CheckConstraint(
                condition=models.Q(vat_id="") | models.Q(vat_id__regex=VAT_ID),
                name="payments_self_billing_vat_id",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("agreed_at")),
                name="payments_self_billing_ended",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.legal_name


class SelfBilledInvoice(models.Model):
    """One payout as an invoice of its annotator's to the platform. Never changed or deleted.

    `number` counts from 1 in each year of an annotator, without gaps (PostgreSQL refuses one).
    `lines` are `{"text", "amount_minor"}` and sum to `amount_minor`. `other_minor` of the payout is
    goodwill, which is no price of any work, and `kept_minor` was kept against a debt. `seller`,
    `buyer` and `note` are the words as they stood on that day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(
        SelfBillingAgreement, on_delete=models.PROTECT, related_name="invoices"
    )
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="self_billed"
    )
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, related_name="self_billed")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    other_minor = models.BigIntegerField(default=0)
    kept_minor = models.BigIntegerField(default=0)
    lines = models.JSONField()
    seller = models.JSONField()
    buyer = models.JSONField()
    note = models.CharField(max_length=300)
    issued_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["SelfBilledInvoice"]] = SelfBilledInvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = "self-billed invoice"
        verbose_name_plural = "self-billed invoices"
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "year", "number"], name="payments_self_billed_number"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    number__gt=0, amount_minor__gt=0, other_minor__gte=0, kept_minor__gte=0
                ),
                name="payments_self_billed_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[a-z]{3}$"),
                name="payments_self_billed_currency",
            ),
        ]

    def __str__(self) -> str:
        """Its number, for people: the end of the annotator's id, the year, the place in it."""
        return f"SB-{str(self.annotator_id)[-8:].upper()}-{self.year}-{self.number:04d}"

    @property
    def transferred_minor(self) -> int:
        """What the payout sent."""
        return self.amount_minor + self.other_minor - self.kept_minor


class SelfBilledNote(models.Model):
    """A credit note on a self-billed invoice: pay of it was taken back after the transfer.

    Never changed or deleted. `number` counts from 1 in each year of an annotator, without gaps, in
    a series of its own. Where the taking back was found wrong, another note in the same series
    `withdraws` the first, by the same amount. Names, addresses and what is said of VAT are those of
    the invoice. PostgreSQL refuses to credit more than the invoice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(SelfBilledInvoice, on_delete=models.PROTECT, related_name="notes")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="self_billed_notes"
    )
    clawback = models.ForeignKey(
        Clawback, on_delete=models.PROTECT, related_name="self_billed_notes"
    )
    withdraws = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawn_by"
    )
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    text = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["SelfBilledNote"]] = SelfBilledNoteQuerySet.as_manager()

    class Meta:
        verbose_name = "self-billed credit note"
        verbose_name_plural = "self-billed credit notes"
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "year", "number"], name="payments_self_billed_note_number"
            ),
            models.UniqueConstraint(
                fields=["clawback"],
                condition=models.Q(withdraws__isnull=True),
                name="payments_self_billed_note_once",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gt=0, amount_minor__gt=0),
                name="payments_self_billed_note_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[a-z]{3}$"),
                name="payments_self_billed_note_currency",
            ),
        ]

    def __str__(self) -> str:
        """Its number, for people, like that of an invoice."""
        return f"CN-{str(self.annotator_id)[-8:].upper()}-{self.year}-{self.number:04d}"

    @property
    def signed_minor(self) -> int:
        """What it adds to the invoice: less, or what was less again."""
        return self.amount_minor if self.withdraws_id else -self.amount_minor
