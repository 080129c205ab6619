"""Bounds on any JSON that comes from outside, checked before anything recursive looks at it.

Refused: nesting deeper than 32, text that PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates),
numbers outside JSON's interoperable range (RFC 8259 §6, RFC 7493 §2.2), and sheer size.
"""

import math
import re
from collections.abc import Iterator

from tasks.interface.problems import MOST_PROBLEMS, Problem, pointer

DEEPEST = 32
MOST_CHARACTERS = 400_000
LARGEST_INTEGER = 2**53 - 1

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Path = tuple[str | int, ...]


def json_problems(document: object, *, most_characters: int = MOST_CHARACTERS) -> list[Problem]:
    """Walk a parsed JSON document without recursion and return what cannot be stored or sent."""
    problems: list[Problem] = []
    characters = 0
    stack: list[tuple[Path, object]] = [((), document)]
    while stack and len(problems) < MOST_PROBLEMS:
        path, value = stack.pop()
        if len(path) > DEEPEST:
            return [Problem(pointer(*path), f"Nested deeper than {DEEPEST} levels.")]
        fault = _scalar_fault(value)
        if fault:
            problems.append(Problem(pointer(*path), fault))
        characters += len(value) if isinstance(value, str) else 1
        stack.extend(_children(path, value))
        if characters > most_characters:
            return [Problem("", f"Larger than {most_characters} characters in all.")]
    return problems


def clean_text(text: str) -> str:
    """Return the text with what cannot be stored (NUL, lone surrogates) replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


def _children(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    """Yield what lies inside a container; keys are checked as text of their own."""
    if isinstance(value, dict):
        for key, child in value.items():
            name = clean_text(str(key))[:100]
            if not isinstance(key, str) or _text_fault(key):
                yield (*path, name), key
            yield (*path, name), child
    elif isinstance(value, (list, tuple)):
        yield from (((*path, index), child) for index, child in enumerate(value))


def _scalar_fault(value: object) -> str:
    """Say what is wrong with one value on its own, or the empty string."""
    if isinstance(value, str):
        return _text_fault(value)
    if value is None or isinstance(value, (bool, dict, list, tuple)):
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= LARGEST_INTEGER else "Integer outside the range of JSON."
    if isinstance(value, float):
        return "" if math.isfinite(value) else "Not a finite number."
    return "Not a JSON value."


def _text_fault(text: str) -> str:
    """Say whether the text holds a character that cannot be stored."""
    if "\x00" in text:
        return "Contains the character NUL."
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "Contains a lone surrogate."
    return ""
