"""Goodwill: asked for by staff, above a limit decided by a second one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.admin import fields
from accounts.admin.actors import by_name
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from marketplace.core.actors import Actor
from payments.actions import goodwill
from payments.admin import filters
from payments.admin.showing import MoneyAdmin
from payments.admin.words import NOT_AN_AMOUNT
from payments.currencies import CURRENCIES, major, minor
from payments.models import GoodwillRequest
from payments.models.goodwill import LONGEST_REASON
from payments.states import GoodwillState


class GoodwillForm(forms.Form):
    """Whom, how much, and why."""

    annotator = fields.AnnotatorField()
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code.upper()) for code in CURRENCIES]
    )
    amount = forms.CharField(
        label=_("Amount"), max_length=20, help_text=_("As you would write it: 25 or 25.50.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The annotator reads it, with the amount."),
    )

    def clean(self) -> dict[str, Any]:
        """The amount in the currency's minor units, as `amount_minor`."""
        data = super().clean() or {}
        if data.get("amount") and data.get("currency"):
            data["amount_minor"] = minor(data["amount"], data["currency"])
            if not data["amount_minor"]:
                self.add_error("amount", NOT_AN_AMOUNT)
        return data


class DecisionForm(forms.Form):
    """Paid or not."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("approve", _("pay it")), ("decline", _("do not pay it"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Needed where it is not paid. The audit trail keeps it."),
    )


@admin.register(GoodwillRequest)
class GoodwillAdmin(MoneyAdmin, MakingAdmin, ActingAdmin):
    """What was given, and what waits for a second person."""

    new_form = GoodwillForm
    new_title = _("Pay goodwill")
    renamed = {"amount_minor": "amount"}
    decide_form = DecisionForm
    decide_title = _("Decide")
    list_display = [
        "created_at", "annotator", "money", "step", "reason", "asked", "decided", "decide_link",
    ]  # fmt: skip
    list_filter = [filters.STATE, filters.CURRENCY]
    search_fields = ["annotator__user__email"]
    list_select_related = ["annotator__user"]
    ordering = ["-created_at", "id"]
    show_full_result_count = False
    actor_fields = ("asked_by", "decided_by")
    asked = by_name("asked_by", _("asked for by"))
    decided = by_name("decided_by", _("decided by"))

    def offered(self, row: GoodwillRequest, form: forms.Form) -> bool:
        """What waits for a second person."""
        return row.state == GoodwillState.REQUESTED

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Pay it, or let it wait for a second person."""
        goodwill.request(
            annotator_id=data["annotator"].pk,
            currency=data["currency"],
            amount_minor=data["amount_minor"],
            reason=data["reason"],
            by=by,
        )

    def perform(self, row: GoodwillRequest, data: dict[str, Any], by: Actor) -> None:
        """Approve or decline."""
        if data["decision"] == "approve":
            goodwill.approve(goodwill_id=row.pk, by=by)
        else:
            goodwill.decline(goodwill_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: GoodwillRequest, by: Actor) -> Facts:
        """Who, how much, why; and how much one person may give alone."""
        alone = major(goodwill.alone_minor(row.currency), row.currency)
        return [
            (str(_("Annotator")), row.annotator),
            (str(_("Amount")), self.money(row)),
            (str(_("Reason")), row.reason),
            (str(_("State")), capfirst(self.step(row))),
            (str(_("Asked for by")), self.asked(row)),
            (str(_("Decided by")), self.decided(row)),
            (str(_("One person alone may give, in 30 days")), alone),
        ]
