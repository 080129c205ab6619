"""What annotators earned and how it reaches them.

A frozen payout can be tried again, with a reason.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from payments.actions import payouts
from payments.admin import filters
from payments.admin.holding import HoldAction
from payments.admin.showing import MoneyAdmin
from payments.currencies import major
from payments.models import Earning, Payout


class ReasonForm(ActionForm):
    """Why: kept in the audit trail."""

    reason = forms.CharField(max_length=300, required=False, label=_("Reason"))


@admin.register(Payout)
class PayoutAdmin(MoneyAdmin):
    """Payouts by state; `frozen` needs a person."""

    list_display = [
        "created_at", "annotator", "money", "step", "last_error", "stripe_transfer",
    ]  # fmt: skip
    list_filter = [filters.STATE, filters.CURRENCY]
    search_fields = ["id", "destination", "stripe_transfer"]
    list_select_related = ["annotator__user"]
    ordering = ["-created_at"]
    show_full_result_count = False
    actions = ["unfreeze"]
    action_form = ReasonForm

    @admin.display(description=_("amount"), ordering="amount_minor")
    def money(self, row: Payout) -> SafeString:
        """For people, leading to the earnings in it."""
        where = f"{reverse('admin:payments_earning_changelist')}?payout__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', where, major(row.amount_minor, row.currency))

    def has_unfreeze_permission(self, request: HttpRequest) -> bool:
        """Seeing a payout is one thing, letting it go on another."""
        return request.user.has_perm("payments.change_payout")

    @admin.action(
        permissions=["unfreeze"], description=_("Try frozen ones again, looking at Stripe first")
    )
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        """Each frozen payout chosen; a reason must be given."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Say why: the reason is kept in the audit trail."))
            return
        by, done = of_staff(request.user), 0
        for payout_id in queryset.values_list("pk", flat=True):
            try:
                payouts.unfreeze(payout_id=payout_id, reason=reason, by=by)
                done += 1
            except Refused as refusal:
                messages.error(request, f"{payout_id}: {refusal.message}")
        if done:
            text = ngettext("%d payout is tried again.", "%d payouts are tried again.", done)
            messages.success(request, text % done)


@admin.register(Earning)
class EarningAdmin(HoldAction, MoneyAdmin):
    """One row for each accepted submission or review."""

    list_display = [
        "created_at", "annotator", "label", "money", "state", "hold_until", "take_back",
    ]  # fmt: skip
    list_filter = ["state", filters.CURRENCY]
    search_fields = ["source", "pot"]
    list_select_related = ["annotator__user"]
    ordering = ["-created_at"]
    show_full_result_count = False
    actions = ["hold_longer"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The payout's id is how payouts link here."""
        return lookup == "payout__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("what to do"))
    def take_back(self, row: Earning) -> SafeString:
        """To the page that asks to take it back."""
        url = reverse("admin:payments_clawback_ask", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Take it back"))
