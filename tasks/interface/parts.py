"""The parts of an interface as values: fields, questions, options, conditions.

Built only from descriptions that `check_interface` found in order; defaults are filled in here
and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext

FieldType = Literal["markdown", "text", "code", "chat"]
QuestionType = Literal["choice", "multi", "rating", "preference", "ranking", "text", "spans"]

FIELD_MAX_LENGTH = 200_000
TEXT_MAX_LENGTH = 20_000
MOST_SPANS = 200


@dataclass(frozen=True)
class Option:
    """One possible answer: the value that is stored and the words that are shown."""

    value: str
    text: str
    hotkey: str = ""


@dataclass(frozen=True)
class ShowIf:
    """Show a question only when the earlier `question` was answered with one of `values`."""

    question: str
    values: tuple[str | int, ...]

    def holds(self, answer: Mapping[str, Any]) -> bool:
        """Tell whether the condition is met; for `multi` one chosen value is enough."""
        given = answer.get(self.question)
        if isinstance(given, (list, tuple)):
            return any(item in self.values for item in given)
        return given is not None and not isinstance(given, dict) and given in self.values


@dataclass(frozen=True)
class Field:
    """One piece of a task's payload."""

    name: str
    type: FieldType
    title: str
    help: str = ""
    required: bool = True
    language: str = ""
    max_length: int = FIELD_MAX_LENGTH


@dataclass(frozen=True)
class Question:
    """One question about a task; attributes that its type does not use keep their defaults."""

    name: str
    type: QuestionType
    title: str
    help: str = ""
    required: bool = False
    show_if: ShowIf | None = None
    hotkeys: bool = True
    options: tuple[Option, ...] = ()
    min_choices: int = 0
    max_choices: int = 100
    minimum: int = 0
    maximum: int = 0
    min_label: str = ""
    max_label: str = ""
    between: tuple[str, ...] = ()
    format: Literal["plain", "markdown", "code"] = "plain"
    language: str = ""
    min_length: int = 0
    max_length: int = TEXT_MAX_LENGTH
    field: str = ""
    max_spans: int = MOST_SPANS

    @property
    def values(self) -> tuple[str | int, ...]:
        """Every value an answer can hold: option values, or the whole numbers of a rating."""
        if self.type == "rating":
            return tuple(range(self.minimum, self.maximum + 1))
        return tuple(option.value for option in self.options)

    def text_of(self, value: object) -> str:
        """Return the words shown for a value; an unknown value shows itself."""
        return next((o.text for o in self.options if o.value == value), str(value))


def default_title(name: str) -> str:
    """Make a heading of a key: "response_a" gives "Response a"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def read_option(raw: str | Mapping[str, Any]) -> Option:
    """Read an option; a plain string is both value and text."""
    if isinstance(raw, str):
        return Option(raw, raw)
    return Option(raw["value"], raw.get("text") or raw["value"], raw.get("hotkey", ""))


def read_field(raw: Mapping[str, Any]) -> Field:
    """Read a checked field."""
    known = {key: raw[key] for key in raw.keys() & Field.__dataclass_fields__.keys()}
    return Field(**{"title": default_title(raw["name"]), **known})


def read_question(raw: Mapping[str, Any], titles: Mapping[str, str]) -> Question:
    """Read a checked question; `titles` are those of the fields, for the words of a preference."""
    known = {key: raw[key] for key in raw.keys() & Question.__dataclass_fields__.keys()}
    known["options"] = tuple(read_option(o) for o in raw.get("options", raw.get("labels", ())))
    known["between"] = tuple(raw.get("between", ()))
    if "min" in raw:
        known |= {"minimum": int(raw["min"]), "maximum": int(raw["max"])}
    if raw["type"] == "preference" and not known["options"]:
        known["options"] = preference_options(raw, titles)
    if "show_if" in raw:
        known["show_if"] = ShowIf(raw["show_if"]["question"], tuple(raw["show_if"]["in"]))
    return Question(**{"title": default_title(raw["name"]), **known})


def preference_options(raw: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[Option, ...]:
    """Build the scale of a preference, from the first side to the second.

    The sides are called by the titles of the fields in `between`, else A and B.
    Values: a, tie, b; with `strengths` above 1: a2, a1, tie, b1, b2 and so on.
    """
    strengths = int(raw.get("strengths", 1))
    words = STRENGTH_WORDS[strengths]
    names = raw.get("between", ("a", "b"))
    first, second = (titles.get(name, default_title(name)) for name in names)
    left = [_side("a", n, strengths, words, first) for n in range(strengths, 0, -1)]
    right = [_side("b", n, strengths, words, second) for n in range(1, strengths + 1)]
    tie = [Option("tie", gettext("About the same"))] if raw.get("tie", True) else []
    return (*left, *tie, *right)


def _side(letter: str, degree: int, strengths: int, words: tuple[str, ...], title: str) -> Option:
    """Build one option: how much better one side is."""
    value = letter if strengths == 1 else f"{letter}{degree}"
    return Option(value, gettext(words[degree - 1]) % {"title": title})


STRENGTH_WORDS: dict[int, tuple[str, ...]] = {
    1: ("%(title)s is better",),
    2: ("%(title)s is slightly better", "%(title)s is much better"),
    3: ("%(title)s is slightly better", "%(title)s is better", "%(title)s is much better"),
}
