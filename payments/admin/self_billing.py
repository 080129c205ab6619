"""Agreements on self-billing and the invoices made under them, read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.admin import filters
from payments.admin.showing import MoneyAdmin
from payments.currencies import major
from payments.models import SelfBilledInvoice, SelfBilledNote, SelfBillingAgreement


@admin.register(SelfBillingAgreement)
class SelfBillingAgreementAdmin(MoneyAdmin):
    """Who agreed, when, and by what name."""

    list_display = ["agreed_at", "annotator", "legal_name", "country", "vat_id", "ended_at"]
    search_fields = ["legal_name", "vat_id", "annotator__user__email"]
    list_select_related = ["annotator__user"]
    ordering = ["-agreed_at"]
    show_full_result_count = False


@admin.register(SelfBilledInvoice)
class SelfBilledInvoiceAdmin(MoneyAdmin):
    """Invoices, newest first."""

    list_display = ["issued_at", "name", "annotator", "money", "payout"]
    list_filter = ["year", filters.CURRENCY]
    search_fields = ["annotator__user__email", "agreement__legal_name"]
    list_select_related = ["annotator__user", "payout"]
    ordering = ["-issued_at"]
    show_full_result_count = False

    @admin.display(description=_("number"))
    def name(self, row: SelfBilledInvoice) -> str:
        """For people."""
        return str(row)


@admin.register(SelfBilledNote)
class SelfBilledNoteAdmin(MoneyAdmin):
    """Credit notes, newest first; negative where an invoice is corrected downwards."""

    list_display = ["issued_at", "name", "annotator", "money", "invoice", "withdraws"]
    list_filter = ["year", filters.CURRENCY]
    search_fields = ["annotator__user__email"]
    list_select_related = ["annotator__user", "invoice", "withdraws"]
    ordering = ["-issued_at"]
    show_full_result_count = False

    @admin.display(description=_("number"))
    def name(self, row: SelfBilledNote) -> str:
        """For people."""
        return str(row)

    @admin.display(description=_("amount"), ordering="amount_minor")
    def money(self, row: SelfBilledNote) -> str:
        """For people."""
        return major(row.signed_minor, row.currency)
