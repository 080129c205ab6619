"""The ledger, read only: each number opens the legs that it is made of."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from marketplace.core import clock
from marketplace.core.admin import ReadOnlyAdmin
from payments.currencies import major
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from payments.report import paper
from payments.selectors import papers


def legs_link(text: str, **query: object) -> SafeString:
    """A link to the legs of an account or an entry."""
    where = "&".join(f"{name}={value}" for name, value in query.items())
    return format_html(
        '<a href="{}?{}">{}</a>', reverse("admin:payments_ledgerleg_changelist"), where, text
    )


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """Pots and what is in them."""

    list_display = ["kind", "owner_key", "currency", "amount", "version"]
    list_filter = ["kind", "currency"]
    search_fields = ["owner_key"]
    ordering = ["kind", "owner_key", "currency"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The trial balance, before the table's own."""
        view = self.admin_site.admin_view(self.trial)
        return [path("trial.pdf", view, name="payments_trial"), *super().get_urls()]

    def trial(self, request: HttpRequest) -> HttpResponse:
        """All books as they are now: what each kind of account holds, debits beside credits."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        reply = HttpResponse(paper.write(papers.platform(clock.now())), "application/pdf")
        reply["Content-Disposition"] = 'attachment; filename="trial-balance.pdf"'
        return reply

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the balance of each: as kept for a purse, summed for a platform pot."""
        legs = LedgerLeg.objects.filter(account=OuterRef("pk")).order_by().values("account")
        summed = Subquery(legs.annotate(minor=Sum("amount")).values("minor"))
        shown = Case(When(tracked=True, then=F("balance")), default=Coalesce(summed, 0))
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(shown_minor=shown)
        return counted

    @admin.display(description=_("balance"), ordering="shown_minor")
    def amount(self, row: Any) -> SafeString:
        """For people, leading to the legs."""
        return legs_link(major(row.shown_minor, row.currency), account__id__exact=row.pk)


class LegInline(admin.TabularInline[LedgerLeg, LedgerEntry]):
    """The legs of an entry, on its page."""

    model = LedgerLeg
    extra = 0
    can_delete = False
    fields = ("account", "amount", "currency")
    readonly_fields = ("account", "amount", "currency")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Balanced movements; the key names the business fact."""

    list_display = ["id", "created_at", "kind", "key", "by"]
    list_filter = ["kind"]
    search_fields = ["key"]
    ordering = ["-id"]
    inlines = [LegInline]
    show_full_result_count = False

    @admin.display(description=_("by"))
    def by(self, row: LedgerEntry) -> str:
        """Who moved it."""
        return str(row.data.get("by", ""))


@admin.register(LedgerLeg)
class LedgerLegAdmin(ReadOnlyAdmin):
    """One side of each movement, newest first; mostly reached from an account."""

    list_display = ["id", "entry_link", "account", "money"]
    list_filter = ["account__kind", "currency"]
    list_select_related = ["entry", "account"]
    ordering = ["-id"]
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The account's number is how balances link here."""
        return lookup == "account__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("entry"))
    def entry_link(self, row: LedgerLeg) -> SafeString:
        """To the whole movement."""
        url = reverse("admin:payments_ledgerentry_change", args=[row.entry_id])
        return format_html('<a href="{}">{}</a>', url, row.entry.key)

    @admin.display(description=_("amount"), ordering="amount")
    def money(self, row: LedgerLeg) -> str:
        """For people; a credit is positive."""
        return major(row.amount, row.currency)
