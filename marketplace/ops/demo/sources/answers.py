"""Turn a value of a data file into a value that a question accepts.

Data files say `2` or "Healthcare / Medicine" where the interface says `second` or
`healthcare_medicine`. A raw value is taken, in this order: by the map of the interface file, as
an option's value, as an option's text. Anything else is a fault of the file, and said so.
"""

from collections.abc import Mapping
from typing import Any

from marketplace.ops.demo.sources.base import Row, SourceError
from marketplace.ops.demo.sources.templates import lookup

ONE_OPTION = {"choice", "preference"}
SOME_OPTIONS = {"multi", "ranking"}


def partial_answer(
    row: Row, paths: Mapping[str, str], questions: Mapping[str, Row], values: Mapping[str, Row]
) -> Row:
    """The answer found in `row` at `paths` (question name -> path); null says "not answered"."""
    answer = {}
    for name, path in paths.items():
        raw = lookup(row, path)
        if raw is not None:
            answer[name] = answer_value(questions[name], raw, values.get(name, {}))
    return answer


def answer_value(question: Row, raw: Any, values: Row) -> Any:
    """`raw` as the question's own value; `SourceError` where it means nothing to the question."""
    if question["type"] in ONE_OPTION:
        return _option(question, raw, values)
    if question["type"] in SOME_OPTIONS:
        if not isinstance(raw, list):
            raise SourceError(f"{question['name']}: a list is needed, not {raw!r}.")
        return [_option(question, one, values) for one in raw]
    if question["type"] == "rating":
        return _rating(question, values.get(str(raw), raw))
    return raw


def _option(question: Row, raw: Any, values: Row) -> str:
    wanted = str(values.get(str(raw), raw))
    for key in ("value", "text"):
        for option in question["options"]:
            if option.get(key) == wanted:
                return str(option["value"])
    raise SourceError(f"{question['name']}: no option is {wanted!r}.")


def _rating(question: Row, raw: Any) -> int:
    try:
        number = int(raw)
    except (TypeError, ValueError) as error:
        raise SourceError(f"{question['name']}: {raw!r} is no whole number.") from error
    if not question["min"] <= number <= question["max"]:
        raise SourceError(f"{question['name']}: {number} lies outside the scale.")
    return number
