"""The interface of a project: checked once when it is posted, used for every task after that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tasks.interface import schemas
from tasks.interface.consistency import consistency_problems
from tasks.interface.hygiene import json_problems
from tasks.interface.parts import Field, Question, read_field, read_question
from tasks.interface.problems import InterfaceInvalid, Problem, pointer, schema_problems
from tasks.interface.spans import span_problems

__all__ = ["INTERFACE_SCHEMA", "Interface", "InterfaceInvalid", "Problem", "check_interface"]

INTERFACE_SCHEMA: dict[str, Any] = json.loads(
    Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
)
MOST_CHARACTERS = 200_000


def check_interface(raw: object) -> list[Problem]:
    """Return what is wrong with a description posted by a client; an empty list means usable."""
    problems = json_problems(raw, most_characters=MOST_CHARACTERS)
    problems = problems or schema_problems(INTERFACE_SCHEMA, raw)
    if problems or not isinstance(raw, dict):
        return problems
    return consistency_problems(raw)


@dataclass(frozen=True)
class Interface:
    """Fields to show and questions to ask, in order; `raw` is the description as posted."""

    title: str
    fields: tuple[Field, ...]
    questions: tuple[Question, ...]
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def parse(cls, raw: object) -> "Interface":
        """Read a description from outside. Raises InterfaceInvalid with every problem."""
        problems = check_interface(raw)
        if problems or not isinstance(raw, dict):
            raise InterfaceInvalid(problems)
        return cls.load(raw)

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> "Interface":
        """Read a description that was checked when it was stored."""
        fields = tuple(read_field(item) for item in raw["fields"])
        titles = {item.name: item.title for item in fields}
        questions = tuple(read_question(item, titles) for item in raw["questions"])
        return cls(raw.get("title", ""), fields, questions, raw)

    def question(self, name: str) -> Question:
        """Return the question of that name. Raises KeyError."""
        return self._questions[name]

    def shown(self, answer: Mapping[str, Any]) -> list[Question]:
        """Return the questions an annotator sees, given the answers so far, in order."""
        seen: dict[str, Any] = {}
        shown = []
        for question in self.questions:
            if question.show_if is None or question.show_if.holds(seen):
                shown.append(question)
                seen[question.name] = answer.get(question.name)
        return shown

    def payload_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a task's payload."""
        return schemas.payload_schema(self.fields)

    def answer_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of an answer."""
        return schemas.answer_schema(self.questions)

    def check_payload(self, payload: object) -> list[Problem]:
        """Return what is wrong with a task's content."""
        return json_problems(payload) or schema_problems(self._payload_schema, payload)

    def check_answer(
        self, answer: object, payload: Mapping[str, Any] | None = None
    ) -> list[Problem]:
        """Return what is wrong with an answer; with the payload, quotes of spans are checked too.

        Refused: an unknown or hidden question, a missing required one, a value out of bounds, a
        quote that is not in the payload at its place.
        """
        problems = json_problems(answer) or schema_problems(self._answer_schema, answer)
        if problems or not isinstance(answer, dict):
            return problems
        return self._check_spans(answer, payload)

    def _check_spans(
        self, answer: Mapping[str, Any], payload: Mapping[str, Any] | None
    ) -> list[Problem]:
        """Check order of offsets always, quotes when the payload is at hand."""
        problems: list[Problem] = []
        for question in self.questions:
            spans = answer.get(question.name, ()) if question.type == "spans" else ()
            for index, span in enumerate(spans):
                if span["end"] - span["start"] != len(span["text"]):
                    path = pointer(question.name, index, "end")
                    problems.append(Problem(path, "end - start must be the length of text."))
            if payload is not None and not problems:
                problems += span_problems(question.name, spans, payload.get(question.field, ""))
        return problems

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def _payload_schema(self) -> dict[str, Any]:
        return self.payload_schema()

    @cached_property
    def _answer_schema(self) -> dict[str, Any]:
        return self.answer_schema()
