"""One interface that uses every field and every question, with a payload and an answer to it."""

from typing import Any

INTERFACE: dict[str, Any] = {
    "version": 1,
    "title": "Judge two answers",
    "fields": [
        {"name": "prompt", "type": "markdown", "title": "Prompt"},
        {"name": "a", "type": "text", "title": "Answer A"},
        {"name": "b", "type": "code", "title": "Answer B", "language": "python"},
        {"name": "talk", "type": "chat", "required": False},
    ],
    "questions": [
        {
            "name": "verdict",
            "type": "choice",
            "required": True,
            "options": ["yes", {"value": "no", "text": "Not at all", "hotkey": "n"}, "maybe"],
        },
        {
            "name": "faults",
            "type": "multi",
            "required": True,
            "show_if": {"question": "verdict", "in": ["no", "maybe"]},
            "options": ["wrong", "vague", "rude"],
            "max_choices": 2,
        },
        {
            "name": "why_rude",
            "type": "text",
            "required": True,
            "min_length": 5,
            "max_length": 40,
            "show_if": {"question": "faults", "in": ["rude"]},
        },
        {"name": "score", "type": "rating", "min": 1, "max": 7, "required": True},
        {
            "name": "better",
            "type": "preference",
            "between": ["a", "b"],
            "strengths": 2,
            "title": "Which is better?",
        },
        {"name": "order", "type": "ranking", "options": ["x", "y", "z"]},
        {"name": "note", "type": "text", "format": "markdown", "help": "Use **Markdown**."},
        {"name": "marks", "type": "spans", "field": "a", "labels": ["error", "claim"]},
    ],
}
PAYLOAD: dict[str, Any] = {
    "prompt": "What is $x^2$?",
    "a": "I 👩‍🔬 think it is wrong, wrong.",
    "b": "print(1)",
    "talk": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "*Hello*"}],
}
# "I " is 2 code points, the scientist 3 (woman, joiner, microscope), so "think" starts at 6.
MARK = {"start": 6, "end": 11, "label": "claim", "text": "think"}
ANSWER: dict[str, Any] = {
    "verdict": "no",
    "faults": ["wrong", "rude"],
    "why_rude": "It shouts.",
    "score": 3,
    "better": "a2",
    "order": ["z", "x", "y"],
    "note": "See *above*.",
    "marks": [MARK],
}


def interface_with(**changes: Any) -> dict[str, Any]:
    """A minimal interface (one text field, one required yes/no) with top-level keys replaced."""
    minimal = {
        "version": 1,
        "fields": [{"name": "text", "type": "text"}],
        "questions": [{"name": "q", "type": "choice", "options": ["yes", "no"]}],
    }
    return {**minimal, **changes}


def with_question(*questions: dict[str, Any]) -> dict[str, Any]:
    """The minimal interface with other questions."""
    return interface_with(questions=list(questions))
