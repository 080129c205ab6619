"""The ledger, to read: a pot opens its legs, a leg its entry, an entry all its legs."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from marketplace.core.admin import ReadOnlyAdmin
from payments.currencies import major
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from payments.selectors import balances


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """The pots with their balances."""

    list_display = ["kind", "owner_key", "currency", "balance_shown", "legs_link"]
    list_filter = ["kind", "currency"]
    search_fields = ["owner_key"]
    show_full_result_count = False

    @admin.display(description=_("balance"))
    def balance_shown(self, account: LedgerAccount) -> str:
        """The cached balance; hot platform pots are summed."""
        return major(balances.of_account(account), account.currency)

    @admin.display(description=_("legs"))
    def legs_link(self, account: LedgerAccount) -> SafeString:
        """The legs behind the balance."""
        url = reverse("admin:payments_ledgerleg_changelist")
        return format_html(
            '<a href="{}?account__id__exact={}">{}</a>', url, account.pk, _("Open its legs")
        )


class LegInline(admin.TabularInline[LedgerLeg, LedgerEntry]):
    """The legs of an entry; they sum to zero."""

    model = LedgerLeg
    fields = ["account", "amount", "currency"]
    readonly_fields = ["account", "amount", "currency"]
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Balanced movements, newest first."""

    list_display = ["key", "kind", "created_at"]
    list_filter = ["kind"]
    search_fields = ["key"]
    ordering = ["-id"]
    inlines = [LegInline]
    show_full_result_count = False


@admin.register(LedgerLeg)
class LedgerLegAdmin(ReadOnlyAdmin):
    """Sides of entries, newest first."""

    list_display = ["entry", "account", "amount_shown", "currency"]
    list_filter = ["currency", "account__kind"]
    list_select_related = ["entry", "account"]
    ordering = ["-id"]
    show_full_result_count = False

    @admin.display(description=_("amount"))
    def amount_shown(self, leg: LedgerLeg) -> str:
        """Credits positive."""
        return major(leg.amount, leg.currency)
