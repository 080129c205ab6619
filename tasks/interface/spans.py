"""Marked pieces of text: offsets, quotes, and the lines in which a person can type them.

Offsets count Unicode code points from 0, end excluded, in the payload's own text. Browsers count
UTF-16 units; the page converts before it writes, and the quoted text proves that it did.
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from tasks.interface.problems import Problem, pointer

OFFSETS = re.compile(r"(\d{1,7})\s*-\s*(\d{1,7})\s+(\S.*)")
MOST_LINES = 500
Place = tuple[int, int, str]
QUOTE = re.compile(r"([^:]{1,200}):\s*(\S.*)")


class Span(TypedDict):
    """One marked piece: text[start:end] carries the label."""

    start: int
    end: int
    label: str
    text: str


class SpanLineInvalid(ValueError):
    """A typed line that names no piece of the text; the message says why."""


def span_problems(name: str, spans: Iterable[Mapping[str, Any]], text: str) -> list[Problem]:
    """Check that every span lies in the text and quotes exactly what stands there."""
    return [
        Problem(pointer(name, index, "text"), "Does not quote the text between start and end.")
        for index, span in enumerate(spans)
        if text[span["start"] : span["end"]] != span["text"]
    ]


def write_lines(spans: Iterable[Mapping[str, Any]]) -> str:
    """Write spans one a line, as JSON, for the text area that carries them."""
    return "\n".join(json.dumps(dict(span), ensure_ascii=False) for span in spans)


def read_lines(lines: str, text: str) -> list[Span]:
    """Read one span a line: JSON, "start-end label", or "label: the quoted words".

    Of quoted words the first place that is not marked yet with the same label is meant.
    Raises SpanLineInvalid, naming the line.
    """
    found: dict[Place, Span] = {}
    for number, line in enumerate(lines.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            try:
                span = read_line(line.strip(), text, found)
            except SpanLineInvalid as error:
                raise SpanLineInvalid(f"{number}: {error}") from error
            found[place(span)] = span
            if len(found) > MOST_LINES:
                raise SpanLineInvalid(f"{number}: too many marks")
    return [found[key] for key in sorted(found)]


def place(span: Mapping[str, Any]) -> Place:
    """Return what makes two marks the same: where they lie and what they say."""
    return span["start"], span["end"], span["label"]


def read_line(line: str, text: str, before: Mapping[Place, Span]) -> Span:
    """Read one typed line; see `read_lines`."""
    if line.startswith("{"):
        return _from_json(line, text)
    offsets = OFFSETS.fullmatch(line)
    if offsets:
        return _cut(int(offsets[1]), int(offsets[2]), offsets[3].strip(), text)
    quote = QUOTE.fullmatch(line)
    if quote:
        return _find(quote[2].strip(), quote[1].strip(), text, before)
    raise SpanLineInvalid("expected 'label: quoted words' or 'start-end label'")


def _from_json(line: str, text: str) -> Span:
    """Read {"start", "end", "label"} and, where given, check the quote."""
    try:
        raw = json.loads(line)
        span = _cut(raw["start"], raw["end"], raw["label"], text)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SpanLineInvalid("not a span in JSON") from error
    if raw.get("text", span["text"]) != span["text"]:
        raise SpanLineInvalid("the quoted words are not at that place")
    return span


def _cut(start: object, end: object, label: object, text: str) -> Span:
    """Take the piece between two offsets; empty and outside pieces are refused."""
    if not (type(start) is int and type(end) is int and isinstance(label, str)):
        raise SpanLineInvalid("start and end are whole numbers, label is text")
    if not 0 <= start < end <= len(text):
        raise SpanLineInvalid("outside the text")
    return Span(start=start, end=end, label=label, text=text[start:end])


def _find(words: str, label: str, text: str, before: Mapping[Place, Span]) -> Span:
    """Find quoted words in the text, at the first place that `before` does not mark."""
    start = text.find(words)
    while start >= 0:
        span = Span(start=start, end=start + len(words), label=label, text=words)
        if place(span) not in before:
            return span
        start = text.find(words, start + 1)
    raise SpanLineInvalid("these words are not in the text")


def pieces(text: str, spans: Iterable[Mapping[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """Cut a text at every span's edge: (piece, labels that cover it), in order, for display."""
    inside = [s for s in spans if 0 <= s["start"] < s["end"] <= len(text)]
    edges = sorted({0, len(text), *(s["start"] for s in inside), *(s["end"] for s in inside)})
    return [
        (text[a:b], tuple(s["label"] for s in inside if s["start"] <= a and b <= s["end"]))
        for a, b in itertools.pairwise(edges)
    ]
