"""JSON Schemas (draft 2020-12) of a payload and of an answer, derived from the parts.

`show_if` becomes if/then/else: a hidden question must be left out, and a required one must be
there exactly when it is shown. A condition on a question that is itself hidden cannot hold,
because that question's answer is refused; so chains of conditions need no further rule.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tasks.interface.parts import Field, Question, ShowIf
from tasks.interface.problems import NOT_BLANK

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_MESSAGES = 500
# As the schema `false`, but jsonschema tells where this one failed.
FORBIDDEN: Schema = {"not": {}}
ROLES = ("system", "user", "assistant", "tool")


def payload_schema(fields: Iterable[Field]) -> Schema:
    """Describe the payload of one task: one key for each field, no other."""
    fields = tuple(fields)
    return {
        "$schema": DRAFT,
        "type": "object",
        "properties": {field.name: _titled(_field_schema(field), field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def answer_schema(questions: Iterable[Question]) -> Schema:
    """Describe an answer: one key for each question that is shown and answered, no other."""
    questions = tuple(questions)
    schema: Schema = {
        "$schema": DRAFT,
        "type": "object",
        "properties": {q.name: _titled(ANSWERS[q.type](q), q) for q in questions},
        "required": [q.name for q in questions if q.required and q.show_if is None],
        "additionalProperties": False,
    }
    types = {q.name: q.type for q in questions}
    conditions = [_condition(q, q.show_if, types) for q in questions if q.show_if]
    return schema | ({"allOf": conditions} if conditions else {})


def _titled(schema: Schema, part: Field | Question) -> Schema:
    """Add what people read to a part's schema."""
    words = {"title": part.title} | ({"description": part.help} if part.help else {})
    return words | schema


def _field_schema(field: Field) -> Schema:
    """Text of a bounded length, or the messages of a conversation."""
    if field.type == "chat":
        return _chat_schema(field)
    schema: Schema = {"type": "string", "maxLength": field.max_length}
    return schema | ({"pattern": NOT_BLANK} if field.required else {})


def _chat_schema(field: Field) -> Schema:
    """A list of messages, each with a role and its text (Markdown)."""
    message = {
        "type": "object",
        "properties": {
            "role": {"enum": list(ROLES)},
            "content": {"type": "string", "maxLength": field.max_length},
        },
        "required": ["role", "content"],
        "additionalProperties": False,
    }
    least = 1 if field.required else 0
    return {"type": "array", "minItems": least, "maxItems": MOST_MESSAGES, "items": message}


def _condition(question: Question, show_if: ShowIf, types: Mapping[str, str]) -> Schema:
    """Say when a question must, may or must not be answered."""
    allowed: Schema = {"enum": list(show_if.values)}
    if types[show_if.question] == "multi":
        allowed = {"contains": allowed}
    return {
        "if": {"properties": {show_if.question: allowed}, "required": [show_if.question]},
        "then": {"required": [question.name]} if question.required else True,
        "else": {"properties": {question.name: FORBIDDEN}},
    }


def _one(question: Question) -> Schema:
    """One of the options."""
    return {"enum": list(question.values)}


def _several(question: Question) -> Schema:
    """A set of options, between the bounds on their number; none chosen means no answer."""
    least = max(question.min_choices, 1)
    most = min(question.max_choices, len(question.options))
    items = {"enum": list(question.values)}
    return {"type": "array", "uniqueItems": True, "minItems": least, "maxItems": most,
            "items": items}  # fmt: skip


def _rating(question: Question) -> Schema:
    """A whole number between the bounds, both included."""
    return {"type": "integer", "minimum": question.minimum, "maximum": question.maximum}


def _ranking(question: Question) -> Schema:
    """Every option once, best first."""
    number = len(question.options)
    items = {"enum": list(question.values)}
    return {"type": "array", "uniqueItems": True, "minItems": number, "maxItems": number,
            "items": items}  # fmt: skip


def _text(question: Question) -> Schema:
    """Written text that is not blank; lengths count characters (code points)."""
    least = max(question.min_length, 1)
    bounds = {"minLength": least, "maxLength": question.max_length}
    return {"type": "string", "pattern": NOT_BLANK, **bounds}


def _spans(question: Question) -> Schema:
    """Marked pieces of a field: offsets in code points, end excluded, with the text they quote."""
    span = {
        "type": "object",
        "properties": {
            "start": {"type": "integer", "minimum": 0},
            "end": {"type": "integer", "minimum": 1},
            "label": {"enum": list(question.values)},
            "text": {"type": "string", "minLength": 1},
        },
        "required": ["start", "end", "label", "text"],
        "additionalProperties": False,
    }
    return {"type": "array", "uniqueItems": True, "minItems": 1, "maxItems": question.max_spans,
            "items": span}  # fmt: skip


ANSWERS: dict[str, Callable[[Question], Schema]] = {
    "choice": _one,
    "multi": _several,
    "rating": _rating,
    "preference": _one,
    "ranking": _ranking,
    "text": _text,
    "spans": _spans,
}
