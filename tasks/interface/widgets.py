"""The controls of the answer form: plain HTML that works alone; small scripts add to it.

Every template lies in tasks/templates/tasks/widgets/. A control that a script enlarges (ranking,
spans) keeps its plain inputs, so that what is posted has one form either way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tasks.interface.hotkeys import option_keys
from tasks.interface.parts import Question
from tasks.interface.spans import write_lines

SHORT_TEXT = 300
MOST_DIGITS = 3
UNPLACED = 1000


class _Keyed(forms.widgets.ChoiceWidget):
    """Options that show the key which chooses them."""

    template_name = "tasks/widgets/options.html"
    option_template_name = "tasks/widgets/option.html"
    question: Question

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the question, for the words at the ends of a scale."""
        return {**super().get_context(name, value, attrs), "question": self.question}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add an option's key."""
        option = super().create_option(name, value, *args, **kwargs)
        return {**option, "hotkey": option_keys(self.question).get(str(value), "")}


class OneOf(_Keyed, forms.RadioSelect):
    """Radio buttons; `scale` lays them out in a row (ratings, preferences)."""

    template_name = "tasks/widgets/options.html"
    option_template_name = "tasks/widgets/option.html"

    def __init__(self, question: Question, *, scale: bool = False) -> None:
        """Keep the question; the choices come from the form field."""
        super().__init__(attrs={"class": "options scale" if scale else "options"})
        self.question = question


class SomeOf(_Keyed, forms.CheckboxSelectMultiple):
    """Check boxes."""

    template_name = "tasks/widgets/options.html"
    option_template_name = "tasks/widgets/option.html"

    def __init__(self, question: Question) -> None:
        """Keep the question; the choices come from the form field."""
        super().__init__(attrs={"class": "options"})
        self.question = question


class Written(forms.Textarea):
    """A text area; code keeps its spaces and is not spell-checked."""

    def __init__(self, question: Question) -> None:
        """Choose the height by the length asked for."""
        attrs = {"rows": "3" if question.max_length <= SHORT_TEXT else "6", "autocomplete": "off"}
        if question.format == "code":
            attrs |= {"class": "code-input", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(attrs)


class Ranking(forms.Widget):
    """One number field for each item; the posted value maps each item to its typed rank."""

    template_name = "tasks/widgets/ranking.html"
    use_fieldset = True

    def __init__(self, question: Question) -> None:
        """Keep the question, whose options are ranked."""
        super().__init__()
        self.question = question

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """List the items in the order ranked so far, unranked ones last."""
        context = super().get_context(name, value, attrs)
        ranks = self._ranks(value)
        items = [
            {
                "name": f"{name}-{number}",
                "text": option.text,
                "rank": ranks.get(option.value, ""),
                "id": f"{context['widget']['attrs'].get('id', name)}_{number}",
            }
            for number, option in enumerate(self.question.options)
        ]
        items.sort(key=lambda item: _place(item["rank"]))
        context["widget"] |= {"items": items, "last": len(items)}
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:  # noqa: ARG002 - Django's signature
        """Collect {option value: typed rank} from the number fields, blanks left out."""
        typed = {
            option.value: str(data.get(f"{name}-{number}", "")).strip()
            for number, option in enumerate(self.question.options)
        }
        return {value: rank for value, rank in typed.items() if rank}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ARG002 - Django's signature
        """Tell whether no number field was posted."""
        return not any(f"{name}-{n}" in data for n in range(len(self.question.options)))

    def id_for_label(self, id_: str) -> str:  # noqa: ARG002 - Django's signature
        """No single input carries the whole answer."""
        return ""

    def _ranks(self, value: Any) -> dict[str, str]:
        """Read a ranking (values, best first) or a half-filled one ({value: rank})."""
        if isinstance(value, Mapping):
            return {str(key): str(rank) for key, rank in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return {str(item): str(place) for place, item in enumerate(value, start=1)}
        return {}


def _place(rank: str) -> int:
    """Sort key of a typed rank; what is no number sorts last."""
    return int(rank) if rank.isdecimal() and len(rank) <= MOST_DIGITS else UNPLACED


def _exact(text: str) -> SafeString:
    """Escape a text so that the browser's copy has the same characters: HTML drops a bare CR."""
    return mark_safe(escape(text).replace("\r", "&#13;"))  # noqa: S308 - escaped just before


class Spans(forms.Textarea):
    """The text to mark, and a text area that holds one mark a line."""

    template_name = "tasks/widgets/spans.html"
    use_fieldset = True

    def __init__(self, question: Question, text: str) -> None:
        """Keep the question (its labels) and the payload's text."""
        super().__init__(attrs={"rows": "4", "spellcheck": "false", "autocomplete": "off"})
        self.question = question
        self.text = text

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the text and the labels with their keys."""
        context = super().get_context(name, value, attrs)
        keys = option_keys(self.question)
        labels = [
            {"value": o.value, "text": o.text, "key": keys.get(o.value, ""), "colour": n % 6 + 1}
            for n, o in enumerate(self.question.options)
        ]
        context["widget"] |= {"labels": labels, "text": _exact(self.text)}
        return context

    def format_value(self, value: Any) -> str:
        """Write marks one a line; what was typed stays as typed."""
        if isinstance(value, str):
            return value
        spans = value if isinstance(value, list) else []
        return write_lines(span for span in spans if isinstance(span, Mapping))
