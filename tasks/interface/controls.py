"""From a question to the form field that asks it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.utils.translation import gettext_lazy as _

from marketplace.core.richtext import render_markdown
from tasks.interface.parts import Question
from tasks.interface.spans import Span, SpanLineInvalid, read_lines
from tasks.interface.widgets import OneOf, Ranking, SomeOf, Spans, Written

Payload = Mapping[str, Any]


class WrittenField(forms.CharField):
    """Text with its line ends as "\\n", however the browser sent them; code keeps its indents."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        """Bound the length after cleaning; a maxlength attribute would cut a paste short."""
        super().__init__(strip=question.format != "code", widget=Written(question), **kwargs)
        self.is_code = question.format == "code"
        self.validators.append(MaxLengthValidator(question.max_length))
        if question.min_length > 1:
            self.validators.append(MinLengthValidator(question.min_length))

    def to_python(self, value: Any) -> str:
        """Normalise line ends; code that is only blanks is no answer."""
        text = str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        return text.strip("\n") if self.is_code and text.strip() else text.strip()


class RankingField(forms.Field):
    """A ranking, best first; every item needs a place of its own."""

    widget = Ranking

    def __init__(self, question: Question, **kwargs: Any) -> None:
        """Keep the number of items."""
        super().__init__(widget=Ranking(question), **kwargs)
        self.items = len(question.options)

    def to_python(self, value: Any) -> list[str]:
        """Turn {item: rank} into the items in order. Refuses gaps, doubles and other words."""
        if not value:
            return []
        places = [str(number) for number in range(1, self.items + 1)]
        if sorted(value.values()) != sorted(places):
            raise ValidationError(
                _("Give each item its own place, from 1 to %(last)s."),
                code="ranking",
                params={"last": self.items},
            )
        return sorted(value, key=lambda item: places.index(value[item]))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what was typed with what was shown."""
        return bool(initial or data) and initial != data


class SpansField(forms.CharField):
    """Marks in a text, one a line."""

    def __init__(self, question: Question, text: str, **kwargs: Any) -> None:
        """Keep the question and the text that is marked."""
        super().__init__(widget=Spans(question, text), **kwargs)
        self.question = question
        self.text = text

    def clean(self, value: Any) -> Any:
        """Read the marks and check their labels and number."""
        lines = super().clean(value)
        try:
            spans = read_lines(lines or "", self.text)
        except SpanLineInvalid as error:
            raise ValidationError(
                _("Line %(error)s."), code="span", params={"error": str(error)}
            ) from error
        return self._checked(spans)

    def _checked(self, spans: list[Span]) -> list[Span]:
        """Refuse labels that the question does not offer, and too many marks."""
        unknown = [span["label"] for span in spans if span["label"] not in self.question.values]
        if unknown:
            raise ValidationError(
                _("“%(label)s” is not one of the labels."),
                code="label",
                params={"label": unknown[0][:100]},
            )
        if len(spans) > self.question.max_spans:
            raise ValidationError(
                _("Mark at most %(most)s places."),
                code="spans",
                params={"most": self.question.max_spans},
            )
        return spans


def control(question: Question, payload: Payload) -> forms.Field:
    """Make the form field of a question; one with a condition is required by the form, not here."""
    words: dict[str, Any] = {
        "label": question.title,
        "required": question.required and question.show_if is None,
        "help_text": render_markdown(question.help) if question.help else "",
        "template_name": "tasks/widgets/question.html",
    }
    return CONTROLS[question.type](question, payload, words)


def _choices(question: Question) -> list[tuple[str, Any]]:
    """Options as Django's pairs; an optional question can be taken back to no answer."""
    choices: list[tuple[str, Any]] = [(o.value, o.text) for o in question.options]
    return choices if question.required else [*choices, ("", _("No answer"))]


def _one(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """Radio buttons, one below the other."""
    return forms.ChoiceField(choices=_choices(question), widget=OneOf(question), **words)


def _preference(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """Radio buttons in a row, from the first side to the second."""
    widget = OneOf(question, scale=True)
    return forms.ChoiceField(choices=_choices(question), widget=widget, **words)


def _rating(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """Radio buttons in a row, one for each step."""
    steps: list[tuple[Any, Any]] = [(value, str(value)) for value in question.values]
    return forms.TypedChoiceField(
        choices=steps if question.required else [*steps, ("", _("No answer"))],
        coerce=int,
        empty_value=None,
        widget=OneOf(question, scale=True),
        **words,
    )


def _several(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """Check boxes; the bounds on their number are checked with the whole answer."""
    choices = [(option.value, option.text) for option in question.options]
    return forms.MultipleChoiceField(choices=choices, widget=SomeOf(question), **words)


def _ranking(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """Number fields."""
    return RankingField(question, **words)


def _text(question: Question, _payload: Payload, words: dict[str, Any]) -> forms.Field:
    """A text area."""
    return WrittenField(question, **words)


def _spans(question: Question, payload: Payload, words: dict[str, Any]) -> forms.Field:
    """The text of the payload's field with a text area for the marks."""
    return SpansField(question, str(payload.get(question.field, "")), **words)


CONTROLS: dict[str, Callable[[Question, Payload, dict[str, Any]], forms.Field]] = {
    "choice": _one,
    "multi": _several,
    "rating": _rating,
    "preference": _preference,
    "ranking": _ranking,
    "text": _text,
    "spans": _spans,
}
