"""Payouts, to read; a frozen one goes on only when a person says why."""

from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import Refused
from payments.actions import payouts
from payments.models import Payout


class ReasonForm(forms.Form):
    """Why a frozen payout may be tried again."""

    reason = forms.CharField(
        label=gettext_lazy("What you found"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """Each transfer to an annotator and how far it is."""

    change_form_template = "payments/desk/payout.html"
    list_display = ["annotator", "amount_minor", "currency", "state", "attempt", "stripe_transfer"]
    list_filter = ["state", "currency"]
    list_select_related = ["annotator__user"]
    search_fields = ["id", "stripe_transfer", "destination"]
    ordering = ["-id"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The unfreeze page before the list's."""
        view = self.admin_site.admin_view(self.unfreeze)
        return [
            path("<uuid:payout_id>/unfreeze/", view, name="payments_payout_unfreeze"),
            *super().get_urls(),
        ]

    def unfreeze(self, request: HttpRequest, payout_id: UUID) -> HttpResponse:
        """Try a frozen payout again, with the reason on record."""
        user = request.user
        if not isinstance(user, User) or not user.has_perm("payments.change_payout"):
            raise PermissionDenied
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                payouts.unfreeze(
                    payout_id=payout_id, reason=form.cleaned_data["reason"], by=of_staff(user)
                )
            except Refused as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, _("The payout is tried again."))
            return redirect("admin:payments_payout_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try a frozen payout again"),
            "form": form,
        }
        return TemplateResponse(request, "payments/desk/unfreeze.html", context)
