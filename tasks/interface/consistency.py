"""Rules that tie the parts of an interface together, which JSON Schema cannot say.

Each rule is given a description that already fits `schema.json` and yields problems.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from tasks.interface.parts import TEXT_MAX_LENGTH, Question, read_question
from tasks.interface.problems import Problem, pointer

Raw = Mapping[str, Any]
Rule = Callable[[Raw], Iterator[Problem]]
WIDEST_RATING = 20
CONDITION_TYPES = ("choice", "multi", "rating", "preference")
SPANNED_TYPES = ("text", "code", "markdown")


def consistency_problems(raw: Raw) -> list[Problem]:
    """Return what contradicts itself in a description that fits the schema."""
    return [problem for rule in RULES for problem in rule(raw)]


def _unique_names(raw: Raw) -> Iterator[Problem]:
    """Field names are unique among fields, question names among questions."""
    for part in ("fields", "questions"):
        seen: set[str] = set()
        for index, item in enumerate(raw[part]):
            if item["name"] in seen:
                yield Problem(pointer(part, index, "name"), f"The name '{item['name']}' is taken.")
            seen.add(item["name"])


def _unique_options(raw: Raw) -> Iterator[Problem]:
    """Option values are unique in their question, and the bounds on choices can be met."""
    for index, question in enumerate(raw["questions"]):
        key = "labels" if "labels" in question else "options"
        values = [o if isinstance(o, str) else o["value"] for o in question.get(key, ())]
        for position, value in enumerate(values):
            if value in values[:position]:
                path = pointer("questions", index, key, position)
                yield Problem(path, f"The value '{value}' is taken.")
        if question["type"] == "multi":
            yield from _choice_bounds(index, question, len(values))


def _choice_bounds(index: int, question: Raw, options: int) -> Iterator[Problem]:
    """`min_choices` <= `max_choices` and <= the number of options."""
    most = min(question.get("max_choices", options), options)
    if question.get("min_choices", 0) > most:
        path = pointer("questions", index, "min_choices")
        yield Problem(path, f"At most {most} can be chosen.")


def _bounds(raw: Raw) -> Iterator[Problem]:
    """A rating climbs by at least one step and at most 20; a text's bounds are in order."""
    for index, question in enumerate(raw["questions"]):
        if question["type"] == "rating":
            steps = question["max"] - question["min"]
            if not 1 <= steps <= WIDEST_RATING:
                message = f"Must lie 1 to {WIDEST_RATING} above min."
                yield Problem(pointer("questions", index, "max"), message)
        if question.get("min_length", 0) > question.get("max_length", TEXT_MAX_LENGTH):
            yield Problem(pointer("questions", index, "min_length"), "Larger than max_length.")


def _references(raw: Raw) -> Iterator[Problem]:
    """Spans lie in a field of text; a preference is between two fields that exist."""
    types = {field["name"]: field["type"] for field in raw["fields"]}
    for index, question in enumerate(raw["questions"]):
        if question["type"] == "spans" and types.get(question["field"]) not in SPANNED_TYPES:
            message = "Must name a field of type text, code or markdown."
            yield Problem(pointer("questions", index, "field"), message)
        for side, name in enumerate(question.get("between", ())):
            if name not in types:
                yield Problem(pointer("questions", index, "between", side), "No such field.")


def _conditions(raw: Raw) -> Iterator[Problem]:
    """`show_if` names an earlier question of known values, and only values it can have."""
    earlier: dict[str, Question] = {}
    for index, question in enumerate(raw["questions"]):
        condition = question.get("show_if")
        if condition:
            yield from _condition(index, condition, earlier)
        earlier.setdefault(question["name"], read_question(question, {}))


def _condition(index: int, condition: Raw, earlier: Mapping[str, Question]) -> Iterator[Problem]:
    """Check one `show_if` against the questions before it."""
    target = earlier.get(condition["question"])
    if target is None or target.type not in CONDITION_TYPES:
        message = f"Must name an earlier question of type {', '.join(CONDITION_TYPES)}."
        yield Problem(pointer("questions", index, "show_if", "question"), message)
        return
    for position, value in enumerate(condition["in"]):
        if value not in target.values:
            path = pointer("questions", index, "show_if", "in", position)
            yield Problem(path, f"Not a possible answer of '{target.name}'.")


def _hotkeys(raw: Raw) -> Iterator[Problem]:
    """A letter chooses one option of the whole page; a digit one option of its question."""
    letters: Counter[str] = Counter()
    for index, question in enumerate(raw["questions"]):
        key = "labels" if "labels" in question else "options"
        digits: Counter[str] = Counter()
        for position, option in enumerate(question.get(key, ())):
            hotkey = "" if isinstance(option, str) else option.get("hotkey", "")
            taken = digits if hotkey.isdigit() else letters
            if hotkey and taken[hotkey]:
                path = pointer("questions", index, key, position, "hotkey")
                yield Problem(path, f"The key '{hotkey}' is taken.")
            taken[hotkey] += 1


def _languages(raw: Raw) -> Iterator[Problem]:
    """A language for highlighting is one that the highlighter knows."""
    for part in ("fields", "questions"):
        for index, item in enumerate(raw[part]):
            if item.get("language") and not _known_language(item["language"]):
                yield Problem(pointer(part, index, "language"), "Unknown language.")


def _known_language(name: str) -> bool:
    """Tell whether Pygments has a lexer of that name."""
    try:
        get_lexer_by_name(name)
    except ClassNotFound:
        return False
    return True


RULES: tuple[Rule, ...] = (
    _unique_names,
    _unique_options,
    _bounds,
    _references,
    _conditions,
    _hotkeys,
    _languages,
)
