"""Payout runs on the desk: what is in one, who is left out and why, approval, how far it is."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from marketplace.core.actors import Actor
from payments.actions import runs
from payments.admin import filters, words
from payments.admin.showing import MoneyAdmin
from payments.currencies import CURRENCIES, major
from payments.models import Payout, PayoutRun, PayoutRunItem
from payments.selectors import runs as selector
from payments.states import RunItemState, RunState

LARGEST = 20
"""Of a run's annotators, those who get most are shown; the list behind the link has all."""
REASONS = {
    "below_minimum": gettext_lazy("less is payable than the minimum"),
    "new_details": gettext_lazy("the bank details changed lately, or the annotator said stop"),
    "not_set_up": gettext_lazy("no account at Stripe that can be paid"),
    "held": gettext_lazy("everything is still on hold"),
    "payout_open": gettext_lazy("another payout is under way"),
    "not_due": gettext_lazy("paid a short time ago"),
}
STEPS = {
    RunItemState.WAITING: gettext_lazy("not begun yet"),
    RunItemState.SKIPPED: gettext_lazy("skipped"),
    **words.PAYOUTS,
}
SKIPPED = {
    "below_minimum": gettext_lazy("less is payable now than the minimum"),
    "changed": gettext_lazy("more is payable now than was approved"),
    "nothing_payable": gettext_lazy("nothing is payable any more"),
    "payout_open": gettext_lazy("another payout is under way"),
    "payouts_closed": gettext_lazy("the account at Stripe is closed"),
    "payouts_frozen": gettext_lazy("the annotator said stop: they did not change the bank details"),
    "payouts_held": gettext_lazy("the bank details changed lately"),
    "payouts_not_set_up": gettext_lazy("the set-up at Stripe is not finished"),
    "payouts_restricted": gettext_lazy("Stripe cannot send them money at the moment"),
}


class DecideForm(forms.Form):
    """Let it go, or end it."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("approve", gettext_lazy("Approve: these amounts may be sent")),
            ("cancel", gettext_lazy("Cancel: begin no more of its payouts")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, to cancel it"), max_length=300, required=False
    )


class NewForm(forms.Form):
    """A run outside of the plan."""

    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code.upper()) for code in CURRENCIES]
    )


@admin.register(PayoutRun)
class PayoutRunAdmin(MoneyAdmin, MakingAdmin, ActingAdmin):
    """Runs, the newest first. Those that wait need a person, large ones two."""

    decide_form = DecideForm
    decide_title = gettext_lazy("Look and decide")
    new_form = NewForm
    new_title = gettext_lazy("Draft a run now")
    decide_button = gettext_lazy("Do what is chosen above")
    list_display = [
        "created_at",
        "money",
        "people",
        "step",
        "approval",
        "approved_at",
        "decide_link",
    ]
    list_filter = [filters.STATE, filters.CURRENCY]
    left_out = frozenset({"left_out"})
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what each comes to."""
        return selector.with_sums(super().get_queryset(request))

    @admin.display(description=gettext_lazy("sum"), ordering="minor_in")
    def money(self, row: Any) -> str:
        """What it comes to."""
        return major(row.minor_in, row.currency)

    @admin.display(description=gettext_lazy("annotators"), ordering="people_in")
    def people(self, row: Any) -> SafeString:
        """How many, leading to them."""
        return format_html('<a href="{}">{}</a>', _everybody(row), row.people_in)

    @admin.display(description=gettext_lazy("approval"))
    def approval(self, row: PayoutRun) -> str:
        """By whom, or by how many."""
        return _approval(row)

    def offered(self, row: PayoutRun, form: forms.Form) -> bool:
        """Until it is over."""
        return row.state not in {RunState.DONE, RunState.CANCELLED}

    def form_page(self, request: HttpRequest, form: forms.Form, **context: Any) -> TemplateResponse:
        """A run's page has tables beside the facts, and no form once it is over."""
        page = super().form_page(request, form, **context)
        row = context["row"]
        if isinstance(row, PayoutRun):
            page.template_name = "payments/desk/payout_run.html"
            page.context_data = {**(page.context_data or {}), **_tables(row)}
        return page

    def facts(self, row: PayoutRun, by: Actor) -> Facts:
        """What it comes to and who has approved it."""
        total = selector.total(row.pk)
        people = ngettext("%d annotator", "%d annotators", total.annotators) % total.annotators
        facts: Facts = [
            (_("State"), capfirst(self.step(row))),
            (_("Sum"), f"{major(total.minor, row.currency)} · {people}"),
            (_("Approval"), _approval(row)),
        ]
        if row.reason:
            facts.append((_("Reason"), row.reason))
        return facts

    def perform(self, row: PayoutRun, data: dict[str, Any], by: Actor) -> None:
        """Approve or cancel."""
        if data["decision"] == "approve":
            runs.approve(run_id=row.pk, by=by)
        else:
            runs.cancel(run_id=row.pk, reason=data["reason"], by=by)

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Draft it; a worker lists who is due within a minute."""
        runs.draft_now(currency=data["currency"], by=by)


def _approval(row: PayoutRun) -> str:
    needed = _("two people must approve it") if row.two_needed else _("one person is enough")
    names = selector.approvers(row)
    if not names:
        return capfirst(needed)
    return f"{', '.join(names)} ({needed})"


def _everybody(row: PayoutRun) -> str:
    return f"{reverse('admin:payments_payoutrunitem_changelist')}?run__id__exact={row.pk}"


def why_skipped(code: str) -> str:
    """Why somebody was skipped, as a clause; a code that we do not know in its own words."""
    return str(SKIPPED.get(code, code.replace("_", " ")))


def _step(payout: Payout | None) -> str:
    return words.payout(payout.state) if payout else ""


def _tables(row: PayoutRun) -> dict[str, Any]:
    """Progress, the largest amounts, who was left out, who was skipped."""
    items = row.items.select_related("annotator__user", "payout").order_by("-amount_minor", "pk")
    money = row.currency
    return {
        "run": row,
        "progress": [
            (STEPS.get(state, state), total.annotators, major(total.minor, money))
            for state, total in selector.progress(row.pk).items()
        ],
        "largest": [
            (item.annotator, major(item.amount_minor, money), item.payout, _step(item.payout))
            for item in items[:LARGEST]
        ],
        "all_url": _everybody(row),
        "left_out": [
            (REASONS.get(reason, reason), one["annotators"], major(one["minor"], money))
            for reason, one in sorted(row.left_out.items())
        ],
        "skipped": sorted((why_skipped(code), n) for code, n in selector.skipped(row.pk).items()),
    }


@admin.register(PayoutRunItem)
class PayoutRunItemAdmin(MoneyAdmin):
    """One annotator in a run."""

    list_display = ["annotator", "money", "step", "why", "payout"]
    list_filter = [filters.STATE]
    list_select_related = ["annotator__user", "run", "payout"]
    ordering = ["-amount_minor", "pk"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("why skipped"), ordering="reason")
    def why(self, row: PayoutRunItem) -> str:
        """For people; empty where nobody was."""
        return why_skipped(row.reason) if row.reason else ""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The run's id is how runs link here."""
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)
