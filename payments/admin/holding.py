"""The desk's way to hold earnings for longer: a reason, and for how many days from now."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.actions import holds
from payments.models import Earning


class HoldForm(ActionForm):
    """Why, which the annotator reads, and until how many days from now."""

    reason = forms.CharField(max_length=300, required=False, label=_("Reason"))
    days = forms.IntegerField(min_value=1, max_value=90, required=False, label=_("Days from now"))


class HoldAction:
    """What the desk of earnings can do."""

    action_form = HoldForm

    def has_hold_permission(self, request: HttpRequest) -> bool:
        """Seeing an earning is one thing, holding it another."""
        return request.user.has_perm("payments.change_earning")

    @admin.action(permissions=["hold"], description=_("Hold for longer, with a reason"))
    def hold_longer(self, request: HttpRequest, queryset: QuerySet[Earning]) -> None:
        """Each earning chosen; all or some may be refused, each with its sentence."""
        days = request.POST.get("days", "")  # the desk has let through whole numbers of days only
        if not days:
            messages.error(request, _("Say for how many days from now: 1 to 90."))
            return
        by, until, done = of_staff(request.user), clock.now() + dt.timedelta(days=int(days)), 0
        reason = request.POST.get("reason", "")
        for earning_id in queryset.values_list("pk", flat=True):
            try:
                holds.lengthen(earning_id=earning_id, until=until, reason=reason, by=by)
                done += 1
            except Refused as refusal:
                messages.error(request, f"{earning_id}: {refusal.message}")
        if done:
            text = ngettext("%d earning is held for longer.", "%d earnings are held longer.", done)
            messages.success(request, text % done)
