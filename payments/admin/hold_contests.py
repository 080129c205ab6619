"""Holds that annotators contest: another person than who set them decides."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.actors import by_name
from accounts.admin.base import Facts
from marketplace.core.actors import Actor
from payments.actions import hold_contests
from payments.admin import filters
from payments.admin.taken_back import MoneyDecisions, earned
from payments.models import HoldContest
from payments.states import HoldContestState


class HoldDecision(forms.Form):
    """Whether the longer hold stands."""

    what = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("lift", gettext_lazy("It was wrong: lift the longer hold")),
            ("stand", gettext_lazy("The longer hold stands")),
        ],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=hold_contests.LONGEST,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The annotator reads it."),
    )


@admin.register(HoldContest)
class HoldContestAdmin(MoneyDecisions):
    """What annotators say against a longer hold, and what became of it."""

    decide_form = HoldDecision
    decide_title = gettext_lazy("Decide")
    list_display = ["opened_at", "annotator", "earning", "step", "setter", "due_at", "decide_link"]
    list_filter = [filters.STATE]
    list_select_related = ["annotator__user", "earning"]
    ordering = ["-opened_at"]
    show_full_result_count = False
    left_out = frozenset({"act"})
    actor_fields = ("set_by",)
    setter = by_name("set_by", gettext_lazy("held by"))

    def perform(self, row: HoldContest, data: dict[str, Any], by: Actor) -> None:
        """Lift it, or let it stand."""
        lift = data["what"] == "lift"
        hold_contests.decide(contest_id=row.pk, lift=lift, why=data["why"], by=by)

    def offered(self, row: HoldContest, form: forms.Form) -> bool:
        """While it is open."""
        return row.state == HoldContestState.OPEN

    def facts(self, row: HoldContest, by: Actor) -> Facts:
        """Both sides' words, and until when it waits."""
        return [
            (_("State"), self.step(row)),
            (_("To decide until"), row.due_at),
            (_("Held by"), self.setter(row)),
            (_("Their reason"), row.act.text),
            (_("The annotator says"), row.text),
            (_("Held until"), row.earning.hold_until),
            (_("Decision"), row.decision or _("none")),
            *earned(row.earning),
        ]
