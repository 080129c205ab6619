"""Exams: recorded by staff, to be paid whatever their outcome."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.actions import exams
from accounts.admin import fields
from accounts.admin.actors import NamedActors, by_name
from accounts.admin.base import MakingAdmin
from accounts.admin.qualifications import pay
from accounts.models import Exam
from accounts.selectors import qualifications as reads
from marketplace.core.actors import Actor


class ExamForm(forms.Form):
    """Who sat which exam, and what came of it."""

    qualification = forms.ModelChoiceField(reads.everything(), label=_("Qualification"))
    annotator = fields.AnnotatorField()
    passed = forms.TypedChoiceField(
        label=_("Outcome"),
        choices=[("yes", _("passed")), ("no", _("not passed"))],
        coerce=lambda value: value == "yes",
    )
    expires_on = fields.last_day()
    score = forms.IntegerField(label=_("Score"), required=False, min_value=0, max_value=100)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )


@admin.register(Exam)
class ExamAdmin(NamedActors, MakingAdmin):
    """The exams that were sat."""

    new_form = ExamForm
    new_title = _("Record an exam")
    list_display = [
        "qualification",
        "annotator",
        "passed",
        "score",
        "pays",
        "recorded_at",
        "recorded",
    ]
    list_filter = ["passed", ("qualification", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["qualification", "annotator__user"]
    ordering = ["-recorded_at", "id"]

    actor_fields = ("recorded_by",)
    recorded = by_name("recorded_by", _("recorded by"))

    @admin.display(description=_("pay"), ordering="pay_minor")
    def pays(self, row: Exam) -> str:
        """For people."""
        return pay(row.pay_minor, row.currency)

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Record it."""
        exams.record(
            qualification_id=data["qualification"].pk,
            annotator_id=data["annotator"].pk,
            passed=data["passed"],
            score=data["score"],
            note=data["note"],
            expires_on=data["expires_on"],
            by=by,
        )
