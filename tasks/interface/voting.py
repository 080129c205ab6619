"""Which answers can be counted as votes, and when two answers are the same."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.interface.spec import Interface

VOTABLE = ("choice", "multi", "rating", "preference")


def votable(interface: Interface) -> list[str]:
    """Name the questions whose answers can be counted, in order."""
    return [question.name for question in interface.questions if question.type in VOTABLE]


def votes(interface: Interface, answer: Mapping[str, Any]) -> dict[str, str]:
    """Return each votable question that was answered, with its answer in canonical form.

    A `multi` answer is a set: its order does not count.
    """
    found = {}
    for name in votable(interface):
        if name in answer:
            value = answer[name]
            is_set = interface.question(name).type == "multi"
            found[name] = canonical(sorted(value) if is_set else value)
    return found


def canonical(answer: object) -> str:
    """Write an answer, or one value of it, so that equal answers are equal text.

    Compact JSON with sorted keys; 4.0 is 4, as in JSON Schema.
    """
    return json.dumps(_plain(answer), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    """Write whole numbers as integers, at any depth."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    return value
