"""Pairs of annotators whose answers go together: what was found, and what staff decide."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts
from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor
from tasks.actions import suspects
from tasks.models import SuspectPair
from tasks.selectors import suspects as reads
from tasks.suspicion import SuspicionState

CONFIRM, DISMISS = "confirm", "dismiss"


class PairForm(forms.Form):
    """What becomes of a pair, and why."""

    act = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            (DISMISS, _("Dismiss: there is another reason why their answers are alike")),
            (CONFIRM, _("Confirm: they answer and review the same task no more; nothing else")),
        ],
    )
    reason = fields.reason(told=False)


@admin.register(SuspectPair)
class SuspectPairAdmin(ActingAdmin):
    """Pairs found by night, those with most evidence first. Those concerned are not told."""

    decide_form = PairForm
    decide_title = _("Look and decide")
    list_display = [
        "project",
        "decide_link",
        "same_answers",
        "would_be",
        "mistakes",
        "evidence",
        "state",
    ]
    list_filter = ["state"]
    search_fields = ["project__name", "one__user__email", "other__user__email"]
    list_select_related = ["project"]
    exclude = ["alike"]
    ordering = ["-evidence", "id"]

    @admin.display(description=_("same answers"))
    def same_answers(self, row: SuspectPair) -> str:
        """Of all tasks that both answered."""
        return f"{row.agreed} / {row.shared}"

    @admin.display(description=_("expected"))
    def would_be(self, row: SuspectPair) -> str:
        """By their records, each answering alone."""
        return f"{row.expected:.1f}"

    def perform(self, row: SuspectPair, data: dict[str, Any], by: Actor) -> None:
        """Confirm or dismiss."""
        verb = suspects.confirm if data["act"] == CONFIRM else suspects.dismiss
        verb(pair_id=row.pk, reason=data["reason"], by=by)

    def after(self, row: SuspectPair) -> str:
        """Back to those that wait."""
        return reverse("admin:tasks_suspectpair_changelist") + "?state__exact=waiting"

    def facts(self, row: SuspectPair, by: Actor) -> Facts:
        """Who, where, what was found in words, and what was decided."""
        found = format_html_join("", "<p>{}</p>", ((one,) for one in reads.sentences(row)))
        facts: Facts = [
            (str(_("Project")), row.project),
            (str(_("First")), _person(row.one)),
            (str(_("Second")), _person(row.other)),
            (str(_("What was found")), found),
            (str(_("Evidence")), f"{row.evidence:.1f} (z {row.z:.1f})"),
            (str(_("Found")), row.found_at),
            (str(_("State")), SuspicionState(row.state).label),
        ]
        if row.decided_by:
            facts.append((str(_("Decided")), f"{row.decided_by}: {row.reason}"))
        return facts

    def form_page(self, request: HttpRequest, form: forms.Form, **context: Any) -> TemplateResponse:
        """The form below the shared mistakes, side by side."""
        row: SuspectPair = context["row"]
        page = super().form_page(request, form, alike=reads.alike(row), **context)
        page.template_name = "tasks/desk/suspect_one.html"
        return page


def _person(row: AnnotatorProfile) -> SafeString:
    url = reverse("admin:accounts_annotatorprofile_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, row)
