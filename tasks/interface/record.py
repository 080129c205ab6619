"""What the task page recorded, as it came from a browser: read with care, or not at all.

The shape is that of `signs.js`: `{"counts": {...}, "base": {question: text}, "edits": [[tenths of a
second, question, place, characters gone, text that came, kind, (last tenth)]], "cut": bool}`. A
browser can send anything: what is wrong is no fault of the answer, and is dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.interface.hygiene import json_problems

MOST_CHARACTERS = 200_000
MOST_EDITS = 3_000
LARGEST = 10_000_000
COUNTS = ("keystrokes", "typed", "pasted", "quoted", "pastes", "away_times", "away_seconds")
KINDS = ("t", "p", "q", "o", "d")
DRAFT = "d"


@dataclass(frozen=True, slots=True)
class Record:
    """Counts (each 0 to ten million), the texts at the beginning, and the edits from then on."""

    counts: Mapping[str, int]
    base: Mapping[str, str] = field(default_factory=dict)
    edits: Sequence[Sequence[Any]] = field(default_factory=list)
    cut: bool = False

    @property
    def whole(self) -> bool:
        """The texts were empty at first, and no kept draft was put into them since."""
        drafted = any(edit[5] == DRAFT and edit[4] for edit in self.edits)
        return bool(self.base) and not any(self.base.values()) and not drafted and not self.cut


def read(raw: str, questions: Sequence[str]) -> Record | None:
    """The record in a text, for the named text questions; None where there is none that is right.

    Edits that are not right are dropped as a whole (`cut`), and the counts stay.
    """
    document = _document(raw)
    counts = _counts(document.get("counts")) if document else None
    if document is None or counts is None:
        return None
    base = _base(document.get("base"), questions)
    edits = _edits(document.get("edits"), questions)
    if base is None or edits is None:
        return Record(counts, cut="edits" in document or "base" in document)
    return Record(counts, base, edits, cut=document.get("cut") is True)


def _document(raw: str) -> dict[str, Any] | None:
    if not raw or len(raw) > MOST_CHARACTERS:
        return None
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not json_problems(found) else None


def _counts(value: object) -> dict[str, int] | None:
    if not isinstance(value, dict):
        return None
    found = {name: value.get(name, 0) for name in COUNTS}
    if not all(_whole(one) for one in found.values()):
        return None
    return {name: min(one, LARGEST) for name, one in found.items()}


def _base(value: object, questions: Sequence[str]) -> dict[str, str] | None:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        return None
    return {name: text for name, text in value.items() if name in questions}


def _edits(value: object, questions: Sequence[str]) -> list[list[Any]] | None:
    if not isinstance(value, list) or len(value) > MOST_EDITS:
        return None
    found = []
    for edit in value:
        if not isinstance(edit, list) or len(edit) not in (6, 7) or not _right(edit):
            return None
        if edit[1] in questions:
            found.append(edit[:6])
    return found


def _right(edit: list[Any]) -> bool:
    at, name, place, gone, came, kind = edit[:6]
    numbers = all(_whole(one) for one in (at, place, gone))
    return numbers and isinstance(name, str) and isinstance(came, str) and kind in KINDS


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
