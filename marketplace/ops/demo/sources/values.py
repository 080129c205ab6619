"""Turn a value of a data file into a value that a question accepts.

Data files say `2` or "Healthcare / Medicine" where the interface says `second` or
`healthcare_medicine`. A raw value goes through the map of the interface file, if that knows it,
and must then be the value or the text of an option. Anything else is a fault of the file.
"""

from collections.abc import Mapping
from typing import Any

from marketplace.ops.demo.sources.base import Row, SourceError
from marketplace.ops.demo.sources.templates import lookup
from tasks.interface.parts import Question
from tasks.interface.spec import Interface

LISTS = ("multi", "ranking")


def partial_answer(
    row: Row, paths: Mapping[str, str], interface: Interface, values: Mapping[str, Row]
) -> Row:
    """The answer found in `row` at `paths` (question name -> path); null says "not answered"."""
    answer = {}
    for name, path in paths.items():
        raw = lookup(row, path)
        if raw is not None:
            answer[name] = answer_value(interface.question(name), raw, values.get(name, {}))
    return answer


def answer_value(question: Question, raw: Any, values: Row) -> Any:
    """`raw` as the question's own value; `SourceError` where it means nothing to the question."""
    if not question.values or question.type == "spans":
        return raw
    if question.type not in LISTS:
        return _one(question, raw, values)
    if not isinstance(raw, list):
        raise SourceError(f"{question.name}: a list is needed, not {raw!r}.")
    return [_one(question, one, values) for one in raw]


def _one(question: Question, raw: Any, values: Row) -> str | int:
    wanted = str(values.get(str(raw), raw))
    for value in question.values:
        if wanted in {str(value), question.text_of(value)}:
            return value
    raise SourceError(f"{question.name}: {wanted!r} is no possible answer.")
