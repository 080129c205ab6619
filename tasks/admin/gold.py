"""The gold desk: known answers, how they are answered, and those in quarantine."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, invalid
from tasks.actions import gold_marks
from tasks.models import Gold, Task
from tasks.selectors import gold as known
from tasks.states import GoldState

RELEASE, EXPLAIN, RETIRE = "release", "explain", "retire"


def explanation() -> forms.CharField:
    """Why the answer is right."""
    return forms.CharField(
        label=_("Explanation"),
        required=False,
        max_length=gold_marks.LONGEST_EXPLANATION,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Why the answer is right; annotators read it only where the task trains."),
    )


class MarkForm(forms.Form):
    """An open task that nobody is at work on, and its answer."""

    task = forms.UUIDField(label=_("Task"), help_text=_("Its id."))
    answer = forms.JSONField(
        label=_("Answer"),
        initial=dict,
        widget=forms.Textarea({"rows": 6}),
        help_text=_('As an annotator gives it, by the names of the questions: {"verdict": "a"}.'),
    )
    explanation = explanation()
    tolerance = forms.JSONField(
        label=_("Tolerance"),
        initial=dict,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            'What else is right, by question: {"stars": {"within": 1}, "faults": {"jaccard": 0.8}, '
            '"marks": {"f1": 0.8}, "style": {"ignore": true}}. Empty: only the same answer.'
        ),
    )
    training = forms.BooleanField(
        label=_("For training"),
        required=False,
        help_text=_("Answer and explanation are shown after the hand-in, and no skill moves."),
    )


class GoldForm(forms.Form):
    """What becomes of a gold task, and why."""

    act = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            (RELEASE, _("Release from quarantine: the answer is right and counts again")),
            (RETIRE, _("Retire: nobody is given it any more")),
            (EXPLAIN, _("Change the explanation")),
        ],
    )
    reason = fields.reason(required=False, told=False)
    explanation = explanation()

    def clean(self) -> dict[str, Any]:
        """A release or a retirement says why."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("act") in (RELEASE, RETIRE) and not data.get("reason", "").strip():
            self.add_error("reason", _("A reason is required."))
        return data


@admin.register(Gold)
class GoldAdmin(MakingAdmin, ActingAdmin):
    """Gold tasks, those in quarantine first in need of a look."""

    new_form = MarkForm
    new_title = _("Mark a task as gold")
    decide_form = GoldForm
    decide_title = _("Decide")
    list_display = [
        "task",
        "decide_link",
        "state",
        "answers",
        "good_annotators",
        "training",
        "project",
    ]
    list_filter = ["state", "training"]
    search_fields = ["task__external_id", "task__id", "project__name"]
    list_select_related = ["task", "project"]
    ordering = ["-made_at", "-task_id"]

    @admin.display(description=_("right answers"))
    def answers(self, row: Gold) -> str:
        """Right of all."""
        return f"{row.right} / {row.seen}"

    @admin.display(description=_("good annotators"))
    def good_annotators(self, row: Gold) -> str:
        """Right of those whose record shows them to be good, and the most that can be."""
        return known.good_share(row)

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Mark the task."""
        task = Task.objects.visible_to(by).filter(pk=data["task"]).first()
        if task is None:
            raise invalid("Unknown task.", [Fault("/task", "There is no such task.")])
        gold_marks.put(
            project_id=task.project_id,
            task_id=task.pk,
            known={
                "answer": data["answer"],
                "explanation": data["explanation"],
                "tolerance": data["tolerance"] or {},
                "training": data["training"],
            },
            by=by,
        )

    def perform(self, row: Gold, data: dict[str, Any], by: Actor) -> None:
        """Release, retire or explain it anew."""
        if data["act"] == RELEASE:
            gold_marks.release(task_id=row.pk, reason=data["reason"], by=by)
        elif data["act"] == RETIRE:
            gold_marks.retire(
                project_id=row.project_id, task_id=row.pk, reason=data["reason"], by=by
            )
        else:
            gold_marks.explain(task_id=row.pk, explanation=data["explanation"], by=by)

    def after(self, row: Gold) -> str:
        """A retired task that nobody was given is gold no more: back to the list."""
        return reverse("admin:tasks_gold_changelist")

    def facts(self, row: Gold, by: Actor) -> Facts:
        """What is known, how it is answered, and why it is in quarantine."""
        task = reverse("admin:tasks_task_change", args=[row.pk])
        return [
            (str(_("Project")), row.project),
            (str(_("Task")), format_html('<a href="{}">{}</a>', task, row.task)),
            (str(_("State")), GoldState(row.state).label),
            (str(_("In quarantine because")), row.quarantined_why or "—"),
            (str(_("Known answer")), _block(known.written(row.answer))),
            (str(_("Tolerance")), _block(known.written(row.tolerance)) if row.tolerance else "—"),
            (str(_("Explanation")), row.explanation or "—"),
            (str(_("For training")), _("Yes") if row.training else _("No")),
            (str(_("Right answers")), self.answers(row)),
            (str(_("Of good annotators")), self.good_annotators(row)),
            (str(_("Last answers")), _answers(row)),
            (str(_("Marked by")), row.made_by),
        ]


def _block(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", text)


def _answers(row: Gold) -> SafeString | str:
    found = [
        (_("right") if one.right else _("wrong"), one.annotator, one.answer)
        for one in known.latest(row)
    ]
    return format_html_join("", "<p><strong>{}</strong> {}</p><pre>{}</pre>", found) or "—"
