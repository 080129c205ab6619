"""JSON (RFC 8259) as the database can hold it and as only one reader can understand it.

Python's reader lets through what PostgreSQL's jsonb refuses (NUL, lone surrogates), what exhausts
the stack (deep nesting), and what two readers take for two things (duplicate keys, NaN): all of it
is refused here.
"""

import json
import math
from typing import Any

MAX_DEPTH = 32


class BadJson(ValueError):
    """Not JSON, or JSON that we do not take; the message is a sentence for the sender."""


def loads(raw: bytes) -> Any:
    """The value in `raw`; raises `BadJson` with a sentence saying what is wrong and about where."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"The text is not UTF-8 (byte {error.start}).") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise BadJson(
            f"Not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    except RecursionError:
        raise BadJson(_too_deep()) from None
    except BadJson:
        raise
    except ValueError:  # Python refuses to read integers of more than 4300 digits
        raise BadJson("A number has too many digits.") from None
    if text.count("[") + text.count("{") > MAX_DEPTH or "\\u" in text:
        _examine(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BadJson(f"The key {name[:80]!a} stands twice in one object.")
        seen.add(name)
    return result


def _constant(name: str) -> Any:
    raise BadJson(f"{name} is not a JSON number.")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadJson(f"The number {digits[:40]} is too large.")
    return number


def _too_deep() -> str:
    return f"The nesting is deeper than {MAX_DEPTH} levels."


def _examine(value: Any) -> None:
    """Look at every level and text, without recursion: the depth is not known to be small yet."""
    level: list[Any] = [value]
    depth = 0
    while level:
        below: list[Any] = []
        for item in level:
            below.extend(_parts(item))
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > MAX_DEPTH:
            raise BadJson(_too_deep())
        level = below


def _parts(item: Any) -> list[Any]:
    """What is directly inside `item`; texts are examined on the way."""
    if isinstance(item, str):
        _text(item)
    elif isinstance(item, list):
        return item
    elif isinstance(item, dict):
        for name in item:
            _text(name)
        return list(item.values())
    return []


def _text(text: str) -> None:
    if "\x00" in text:
        raise BadJson("A text holds the character U+0000, which cannot be stored.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadJson("A text holds half of a surrogate pair (U+D800 to U+DFFF).") from None
