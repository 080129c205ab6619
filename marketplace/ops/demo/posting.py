"""An answer as a browser posts it from the task page (the form of `tasks.interface.form`)."""

import json
from collections.abc import Iterator

from marketplace.ops.demo.sources.base import Row
from tasks.interface.parts import Question
from tasks.interface.spec import Interface

PREFIX = "answer"


def form_fields(interface: Interface, answer: Row) -> list[tuple[str, str]]:
    """Names and values of the answer's inputs, in the order of the page.

    Check boxes post one pair each, a ranking one number for each item in the interface's order,
    marks one JSON object a line.
    """
    pairs: list[tuple[str, str]] = []
    for question in interface.questions:
        if question.name in answer:
            pairs += _pairs(question, f"{PREFIX}-{question.name}", answer)
    return pairs


def _pairs(question: Question, name: str, answer: Row) -> Iterator[tuple[str, str]]:
    value = answer[question.name]
    if question.type == "multi":
        yield from ((name, option) for option in value)
    elif question.type == "ranking":
        for number, option in enumerate(question.values):
            yield f"{name}-{number}", str(value.index(option) + 1)
    elif question.type == "spans":
        yield name, "\n".join(json.dumps(span, ensure_ascii=False) for span in value)
    else:
        yield name, str(value)
