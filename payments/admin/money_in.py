"""Deposits, and what Stripe told us, read only."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.actors import by_name
from payments.admin import filters
from payments.admin.showing import MoneyAdmin, named
from payments.currencies import major
from payments.models import (
    BillingDetails,
    Deposit,
    Reservation,
    SavedCard,
    SpendLimit,
    StripeEvent,
    TopUpRule,
)


@admin.register(Deposit)
class DepositAdmin(MoneyAdmin):
    """Clients' money on its way in."""

    unless_zero = frozenset({"received_minor"})
    list_display = [
        "created_at",
        "organization",
        "method",
        "money",
        "step",
        "paid_at",
        "payment_intent",
    ]
    list_filter = [filters.STATE, "method", filters.CURRENCY]
    search_fields = [
        "organization__name",
        "payment_intent",
        "checkout_session",
        "invoice",
        "invoice_number",
    ]
    list_select_related = ["organization"]
    ordering = ["-created_at"]
    show_full_result_count = False


@admin.register(SavedCard)
class SavedCardAdmin(MoneyAdmin):
    """Cards that clients saved at Stripe."""

    list_display = ["created_at", "organization", "card", "until", "removed_at"]
    search_fields = ["organization__name", "stripe_method", "last4"]
    list_select_related = ["organization"]
    ordering = ["-created_at"]
    show_full_result_count = False

    @admin.display(description=_("card"))
    def card(self, row: SavedCard) -> str:
        """Its brand and last digits."""
        return str(row).capitalize()

    @admin.display(description=_("good until"))
    def until(self, row: SavedCard) -> str:
        """Its last month."""
        return f"{row.exp_year}-{row.exp_month:02d}"


@admin.register(TopUpRule)
class TopUpRuleAdmin(MoneyAdmin):
    """Automatic top-ups, and why one was switched off."""

    list_display = ["organization", "floor", "amount", "ceiling", "works", "failures"]
    list_filter = ["active", filters.CURRENCY]
    search_fields = ["organization__name"]
    list_select_related = ["organization"]
    ordering = ["organization"]
    show_full_result_count = False

    @admin.display(description=_("switched on"), ordering="active")
    def works(self, row: TopUpRule) -> str:
        """Or why it is not."""
        return str(_("yes")) if row.active else f"{_('no')} {row.off_reason}".strip()

    @admin.display(description=_("below"))
    def floor(self, row: TopUpRule) -> str:
        """For people."""
        return major(row.floor_minor, row.currency)

    @admin.display(description=_("amount"))
    def amount(self, row: TopUpRule) -> str:
        """For people."""
        return major(row.amount_minor, row.currency)

    @admin.display(description=_("a month at most"))
    def ceiling(self, row: TopUpRule) -> str:
        """For people."""
        return major(row.ceiling_minor, row.currency)


@admin.register(Reservation)
class ReservationAdmin(MoneyAdmin):
    """What is promised to claimed work."""

    actor_fields = ("holder", "pot")
    promised_to = by_name("holder", _("promised to"))
    of_project = by_name("pot", _("project"))
    list_display = ["created_at", "of_project", "promised_to", "price", "fee", "step"]
    list_filter = [filters.STATE, filters.CURRENCY]
    search_fields = ["holder", "pot"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def called(self, keys: Collection[str]) -> dict[str, str]:
        """Projects by their names, claims and readings in words."""
        return named(keys)

    @admin.display(description=_("price"))
    def price(self, row: Reservation) -> str:
        """For people."""
        return major(row.price_minor, row.currency)

    @admin.display(description=_("fee"))
    def fee(self, row: Reservation) -> str:
        """For people."""
        return major(row.fee_minor, row.currency)


@admin.register(StripeEvent)
class StripeEventAdmin(MoneyAdmin):
    """Verified events as they came, and what became of them."""

    list_display = ["received_at", "type", "object_id", "account", "step", "applied_at"]
    list_filter = [filters.STATE, "type"]
    search_fields = ["id", "object_id"]
    ordering = ["-received_at"]
    show_full_result_count = False


@admin.register(BillingDetails)
class BillingDetailsAdmin(MoneyAdmin):
    """What stands on invoices."""

    list_display = ["organization", "legal_name", "country", "vat_id", "changed_at"]
    search_fields = ["organization__name", "legal_name", "vat_id"]
    list_select_related = ["organization"]


@admin.register(SpendLimit)
class SpendLimitAdmin(MoneyAdmin):
    """How much projects, members and keys may spend."""

    labels: ClassVar[dict[str, Any]] = {"act": _("what for")}
    actor_fields = ("set_by", "holder")
    setter = by_name("set_by", _("set by"))
    whose = by_name("holder", _("whose"))
    list_display = ["organization", "whose", "act", "most", "setter", "set_at"]
    list_filter = ["act", filters.CURRENCY]
    list_select_related = ["organization"]

    def called(self, keys: Collection[str]) -> dict[str, str]:
        """Projects have limits too."""
        return named(keys)

    @admin.display(description=_("at most"), ordering="most_minor")
    def most(self, row: SpendLimit) -> str:
        """For people."""
        return major(row.most_minor, row.currency)
