"""The forms of the review, adjudication and attention desks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.states import RejectionCategory, Verdict


class VerdictForm(forms.Form):
    """A verdict with its reason; the annotator reads both."""

    fence = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        widget=forms.RadioSelect,
        choices=[
            (Verdict.ACCEPT, _("Accept")),
            (Verdict.RETURN, _("Return for correction")),
            (Verdict.REJECT, _("Reject")),
        ],
    )
    category = forms.ChoiceField(
        label=_("Category"),
        required=False,
        choices=[("", _("(only for a return or rejection)")), *RejectionCategory.choices],
    )
    text = forms.CharField(
        label=_("What the annotator is told"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("A rejection needs at least 40 characters: what is wrong, and where."),
    )

    def clean(self) -> dict[str, Any]:
        """A return or rejection says why."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("verdict") in (Verdict.RETURN, Verdict.REJECT):
            if not data.get("category"):
                self.add_error("category", _("Choose a category."))
            if not data.get("text", "").strip():
                self.add_error("text", _("Say what is wrong."))
        return data


class ReasonForm(forms.Form):
    """Why a dispute is decided as it is."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AttentionForm(ReasonForm):
    """What becomes of a task that was given up too often, and why."""

    field_order = ["act", "reason"]
    act = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            ("put_back", _("Put it back into the queue; setbacks are counted anew")),
            ("cancel", _("Hand it out no more; answers and claims it has are kept")),
        ],
    )
