"""Turn a row of any shape into the payload of a task, by small templates.

A template is text with `{path}` in it; a path is dotted (`answers.0.text`). A *part* whose
placeholders are all empty is left out, so that optional keys leave no orphaned heading.

    "abstract": "{context}"                                 a list is joined by blank lines
    "prompt":   ["{instruction}", "**Input**\\n\\n{input}"]   parts, joined by blank lines
    "answer":   {"parts": ["{response}"], "empty": "*(empty)*"}
    "dialogue": {"value": "messages"}                       the value itself, unchanged
"""

import re
from typing import Any

from marketplace.ops.demo.sources.base import Row, SourceError

PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
BLANK_LINE = "\n\n"


def lookup(row: Row, path: str) -> Any:
    """The value at a dotted path; `SourceError` where the row has no such key or index."""
    value: Any = row
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise SourceError(f"the row has no {path!r}.")
    return value


def text_of(value: Any) -> str:
    """A value as text: null is empty, a list is its non-empty parts with blank lines between."""
    if value is None:
        return ""
    if isinstance(value, list):
        return BLANK_LINE.join(filter(None, map(text_of, value)))
    return value if isinstance(value, str) else str(value)


def fill(template: str, row: Row) -> str:
    """The template with its placeholders filled; empty where all of them are empty."""
    values = {path: text_of(lookup(row, path)) for path in PLACEHOLDER.findall(template)}
    if values and not any(value.strip() for value in values.values()):
        return ""
    return PLACEHOLDER.sub(lambda match: values[match[1]], template)


def render(spec: Any, row: Row) -> Any:
    """One payload value from its spec (see the head of this file)."""
    if isinstance(spec, str):
        return fill(spec, row)
    if isinstance(spec, list):
        return BLANK_LINE.join(filter(None, (fill(part, row) for part in spec)))
    if isinstance(spec, dict) and "value" in spec:
        return lookup(row, spec["value"])
    if isinstance(spec, dict) and "parts" in spec:
        return render(spec["parts"], row) or spec.get("empty", "")
    raise SourceError(f"{spec!r} is no template, list of templates, or {{'value': path}}.")
