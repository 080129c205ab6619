"""Valid answers to single questions: right by luck only, wrong in a plausible way, or terse.

The bounds are those of the question as the marketplace reads it (`tasks.interface.parts`), so a
filled answer satisfies the JSON Schema that a submission is checked against.
"""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from marketplace.ops.demo.sources.base import Row
from tasks.interface.parts import Question

ENOUGH_CHARACTERS = 60
"""The demo's reviewers send back a reason shorter than this: it cannot hold an argument."""
SPAN_WORDS = 8
WORD = re.compile(r"\S+")
REASONS = (
    "I read the whole item twice before deciding, and the same point settled it both times.",
    "The decisive part is stated plainly, and nothing else in the item speaks against it.",
    "I checked the limiting cases first, because that is where such items usually go wrong.",
    "A colleague could object to the wording, but the substance leaves little room for doubt.",
    "I looked for a counterexample and compared it with what the guideline asks for.",
    "The other readings would need an assumption that the text does not make.",
)
TERSE = ("Looks right to me, really.", "Seems clear enough, no issue.", "Obvious at first sight.")


def fill(question: Question, payload: Row, draw: Random) -> Any:
    """Any valid answer; None where the question cannot be answered (spans of an empty text)."""
    return FILLERS[question.type](question, payload, draw)


def wrong(question: Question, right: Any, payload: Row, draw: Random) -> Any:
    """A valid answer other than `right`, near to it where near means something."""
    if question.type == "rating":
        near = [value for value in (right - 1, right + 1) if value in question.values]
        return draw.choice(near)
    if question.type in {"choice", "preference"}:
        return draw.choice([value for value in question.values if value != right])
    other = fill(question, payload, draw)
    for _ in range(20):  # lists have few values in common cases: a draw may hit the right one
        if other != right:
            break
        other = fill(question, payload, draw)
    return other


def terse(question: Question, draw: Random) -> str:
    """A text that the schema lets pass and a reviewer does not, where the bounds allow one."""
    text = draw.choice(TERSE)
    while len(text) < question.min_length:
        text = f"{text} {draw.choice(TERSE)}"
    return _cut(text, question)


def is_terse(question: Question, answer: str) -> bool:
    """Whether a text is too short to hold a reason, though its bounds allowed a longer one."""
    return len(answer) < min(ENOUGH_CHARACTERS, question.max_length)


def _cut(text: str, question: Question) -> str:
    """The text within its bound; no blank at the end, which a form would strip."""
    cut = text[: question.max_length]
    return f"{cut[:-1]}." if cut.endswith(" ") else cut


def _one(question: Question, _payload: Row, draw: Random) -> str | int:
    return draw.choice(question.values)


def _some(question: Question, _payload: Row, draw: Random) -> list[str | int]:
    least = max(1, question.min_choices)
    most = max(least, min(question.max_choices, len(question.values)))
    chosen = set(draw.sample(question.values, draw.randint(least, most)))
    return [value for value in question.values if value in chosen]


def _order(question: Question, _payload: Row, draw: Random) -> list[str | int]:
    return draw.sample(question.values, len(question.values))


def _text(question: Question, _payload: Row, draw: Random) -> str:
    text = draw.choice(REASONS)
    while len(text) < max(ENOUGH_CHARACTERS, question.min_length):
        text = f"{text} {draw.choice(REASONS)}"
    return _cut(text, question)


def _spans(question: Question, payload: Row, draw: Random) -> list[Row] | None:
    """One run of up to eight words; offsets count code points, as `tasks.interface.spans` does."""
    text = payload.get(question.field, "")
    words = list(WORD.finditer(text))
    if not words:
        return None
    first = draw.randrange(len(words))
    last = min(len(words) - 1, first + draw.randrange(SPAN_WORDS))
    start, end = words[first].start(), words[last].end()
    label = draw.choice(question.values)
    return [{"start": start, "end": end, "label": label, "text": text[start:end]}]


FILLERS: dict[str, Callable[[Question, Row, Random], Any]] = {
    "choice": _one,
    "preference": _one,
    "rating": _one,
    "multi": _some,
    "ranking": _order,
    "text": _text,
    "spans": _spans,
}
