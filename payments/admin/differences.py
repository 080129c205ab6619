"""The reconciliation desk: what the books and other records disagree on, and the last proofs."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.base import Facts, show
from accounts.selectors.actors import of_staff
from marketplace.core.actors import Actor
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused
from payments.actions import by_hand, differences
from payments.admin import filters, subjects, words
from payments.admin.hand_bookings import BookForm, seen_facts
from payments.admin.showing import amount
from payments.admin.taken_back import MoneyDecisions, allowed
from payments.currencies import CURRENCIES, major
from payments.models import Comparison, Difference
from payments.selectors.differences import standings
from payments.states import DifferenceState


class SettleForm(forms.Form):
    """Look into it, or say what it was."""

    what = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("take", gettext_lazy("I look into it")),
            ("resolve", gettext_lazy("It is settled")),
        ],
    )
    resolution = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=2000,
        label=gettext_lazy("What it was, and what was done"),
        help_text=gettext_lazy("Needed to settle it. It is kept."),
    )


@admin.register(Difference)
class DifferenceAdmin(MoneyDecisions):
    """Each difference with its reason, its owner and its resolution."""

    decide_form = SettleForm
    decide_title = gettext_lazy("Look into it")
    decide_button = gettext_lazy("Do what is chosen above")
    fields = [
        "found_by", "about", "reason", "ours", "theirs", "state", "owner", "resolution", "found_at",
        "seen_at", "resolved_at",
    ]  # fmt: skip
    list_display = [
        "found_at", "found_by", "reason", "ours", "theirs", "state", "owner", "decide_link",
    ]  # fmt: skip
    list_filter = ["state", filters.DIFFERENCE_KIND, filters.CURRENCY]
    search_fields = ["subject", "reason"]
    list_select_related = ["owner"]
    ordering = ["-found_at"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The page that books, before the table's own."""
        view = self.admin_site.admin_view(self.book)
        return [
            path("<uuid:object_id>/book/", view, name=self.page_name("book")),
            *super().get_urls(),
        ]

    def book(self, request: HttpRequest, object_id: uuid.UUID) -> HttpResponse:
        """What is at Stripe and what would be booked, in words; then it is, with a reason."""
        allowed(request, "payments", "difference")
        row = self.get_object(request, str(object_id))
        if row is None:
            raise NotFound("difference")
        by, facts = of_staff(request.user), self.facts(row, by=of_staff(request.user))
        form = BookForm(request.POST if request.method == "POST" else None)
        try:
            if request.method == "POST" and form.is_valid():
                done = by_hand.book(difference_id=row.pk, reason=form.cleaned_data["reason"], by=by)
                waits = _("Asked for. Somebody else has to book it, on this same page.")
                messages.success(request, _("Done.") if done.booked_at else waits)
                return redirect(self.after(row))
            facts = seen_facts(by_hand.look(difference_id=row.pk, by=by))
        except Refused as refused:
            if not form.is_bound:  # nothing was sent yet: an empty reason is no fault
                form = BookForm({})
                form.errors.clear()
            show(form, refused)
        return self.form_page(
            request,
            form,
            title=_("Book what was moved by hand"),
            row=row,
            called=self.called_row(row),
            facts=facts,
            over=not by_hand.bookable(row),
        )

    @admin.display(description=gettext_lazy("what"), ordering="kind")
    def found_by(self, row: Difference) -> str:
        """For people."""
        return words.difference(row.kind)

    @admin.display(description=gettext_lazy("about"))
    def about(self, row: Difference) -> SafeString:
        """The row that it is about, or Stripe's number of what is none of ours."""
        return subjects.shown(row.subject)

    @admin.display(description=gettext_lazy("our books"))
    def ours(self, row: Difference) -> str:
        """For people; a dash where it is no amount."""
        return amount(row, row.ours_minor) or "—"

    @admin.display(description=gettext_lazy("the other side"))
    def theirs(self, row: Difference) -> str:
        """For people; a dash where it is no amount."""
        return amount(row, row.theirs_minor) or "—"

    def called_row(self, row: Difference) -> str:
        """What was found."""
        return capfirst(words.difference(row.kind))

    def offered(self, row: Difference, form: forms.Form) -> bool:
        """What is settled is over."""
        return row.state != DifferenceState.RESOLVED

    def perform(self, row: Difference, data: dict[str, Any], by: Actor) -> None:
        """Take it, or settle it."""
        if data["what"] == "take":
            differences.take(difference_id=row.pk, user_id=uuid.UUID(by.id), by=by)
        else:
            differences.resolve(difference_id=row.pk, resolution=data["resolution"], by=by)

    def facts(self, row: Difference, by: Actor) -> Facts:
        """Both sides, and since when."""
        return [
            (_("What"), words.difference(row.kind)),
            (_("About"), self.about(row)),
            (_("Reason"), row.reason),
            (_("Our books"), amount(row, row.ours_minor) or _("no amount")),
            (_("The other side"), amount(row, row.theirs_minor) or _("no amount")),
            (_("Found"), row.found_at),
            (_("Last seen"), row.seen_at),
            (_("Owner"), str(row.owner or _("nobody yet"))),
            (_("State"), row.get_state_display()),
            *([(_("Books"), self._to_book(row))] if by_hand.bookable(row) else []),
            *([(_("What it was, and what was done"), row.resolution)] if row.resolution else []),
        ]

    def _to_book(self, row: Difference) -> SafeString:
        """A link to the page that books it."""
        url = reverse(f"admin:{self.page_name('book')}", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Book what was moved by hand"))


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    """Every run of a comparison, and a page with the last proof of each."""

    list_display = ["started_at", "name", "ended_at", "checked", "differences", "failure"]
    fields = ["started_at", "name", "ended_at", "checked", "differences", "failure", "found"]
    readonly_fields = ["found"]
    list_filter = ["name"]
    ordering = ["-started_at"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("what it noted"))
    def found(self, row: Comparison) -> str:
        """One a line."""
        return "\n".join(_noted(name, value) for name, value in row.facts.items())

    def get_urls(self) -> list[URLPattern]:
        """The page of proofs, before the table's own."""
        view = self.admin_site.admin_view(self.proofs)
        return [path("proofs/", view, name="payments_proofs"), *super().get_urls()]

    def proofs(self, request: HttpRequest) -> HttpResponse:
        """When each comparison last proved that both sides agree, and what is open."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Proofs of the books"),
            "standings": standings(),
        }
        return TemplateResponse(request, "payments/desk/proofs.html", context)


def _noted(name: str, value: Any) -> str:
    """A fact of a comparison: an amount of an account, amounts by currency, or a count."""
    kind, _colon, code = name.partition(":")
    if code in CURRENCIES:
        return f"{words.account(kind)} ({code.upper()}): {major(value, code)}"
    if isinstance(value, dict):
        amounts = [major(minor, code) for code, minor in value.items() if code in CURRENCIES]
        return f"{name}: {', '.join(amounts)}"
    return f"{name}: {value}"
