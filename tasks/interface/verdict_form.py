"""The form of a verdict, the same at both desks: what was found, why, and scores by the rubric."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

ACCEPT = "accept"
SCORE = "score_"
Choices = Sequence[tuple[str, Any]]


class VerdictForm(forms.Form):
    """A verdict with its reason; the annotator reads both. One field for each criterion."""

    field_order = ["fence", "verdict"]
    fence = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *,
        verdicts: Choices,
        categories: Choices,
        rubric: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        """Build the fields; `kwargs` are Django's (data, initial)."""
        super().__init__(**kwargs)
        self.rubric = rubric
        self.fields["verdict"] = forms.ChoiceField(
            label=_("Verdict"), widget=forms.RadioSelect, choices=verdicts
        )
        for one in rubric:
            self.fields[f"{SCORE}{one['name']}"] = _criterion(one)
        self.fields["category"] = forms.ChoiceField(
            label=_("Category"),
            required=False,
            choices=[("", _("(for everything but an acceptance)")), *categories],
        )
        self.fields["text"] = forms.CharField(
            label=_("What the annotator is told"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text=_("A rejection needs at least 40 characters: what is wrong, and where."),
        )

    def clean(self) -> dict[str, Any]:
        """Everything but an acceptance says why."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("verdict", ACCEPT) != ACCEPT:
            if not data.get("category"):
                self.add_error("category", _("Choose a category."))
            if not data.get("text", "").strip():
                self.add_error("text", _("Say what is wrong."))
        return data

    def blame(self, message: str, faults: Sequence[tuple[str, str]]) -> None:
        """Show why a verdict was refused: each fault (pointer, text) at its field if it has one."""
        self.add_error(None, message)
        for pointer, text in faults:
            name = pointer.removeprefix("/").replace("scores/", SCORE)
            self.add_error(name if name in self.fields else None, text)

    def said(self) -> dict[str, Any]:
        """A valid form's verdict as `reviews.decide` takes it; the answer of a fix comes beside."""
        data = self.cleaned_data
        scores = {one["name"]: data[f"{SCORE}{one['name']}"] for one in self.rubric}
        kept = {name: data[name] for name in ("fence", "verdict", "category", "text")}
        return {**kept, "scores": scores or None}


def _criterion(one: Mapping[str, Any]) -> forms.Field:
    """A row of points, from 0 to the criterion's most."""
    return forms.TypedChoiceField(
        label=one["title"],
        help_text=one.get("description", ""),
        coerce=int,
        choices=[(str(n), str(n)) for n in range(one["max"] + 1)],
        widget=forms.RadioSelect(attrs={"class": "points"}),
    )
