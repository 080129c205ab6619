"""Marked passages: how alike two answers are, and the passages that most annotators marked.

A span is a label with a start and an end in characters, the end excluded. Answers are compared
token by token, as in SQuAD (Rajpurkar et al. 2016) and named-entity evaluation: two people seldom
stop at the same character, but they mark the same words. A token belongs to a span that covers any
of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to `end` (excluded), marked with `label`."""

    start: int
    end: int
    label: str

    def __post_init__(self) -> None:
        """Refuse a span without a character."""
        if not 0 <= self.start < self.end:
            raise ValueError("A span has a character at least, and starts at 0 or later.")


@dataclass(frozen=True, slots=True)
class Marked:
    """`spans` that more than half marked. `share`: the mean over the tokens in question of how many
    agree with the result; `alike`: the mean token F1 of two annotators (None for one); `halved`:
    exactly half marked some token."""

    spans: tuple[Span, ...]
    share: Fraction
    alike: float | None
    halved: bool = False


def token_f1(text: str, one: Iterable[Span], other: Iterable[Span]) -> float:
    """2 * common / (tokens of the one + of the other), a token with each of its labels counted; 1
    if neither marked anything. Spans past the end of the text mark nothing there."""
    tokens = _tokens(text)
    return _f1(_covered(tokens, one), _covered(tokens, other))


def merge(text: str, answers: Sequence[Sequence[Span]]) -> Marked:
    """Vote on every token and label by itself: marked if more than half of the annotators did.

    Neighbouring tokens of one label become one span, unless most of those who marked both began a
    new span between them. Tokens that nobody marked are not in question; without any, the share is
    1. Refuses no answer.
    """
    if not answers:
        raise ValueError("Nobody answered.")
    tokens = _tokens(text)
    covered = [_covered(tokens, one) for one in answers]
    votes: dict[tuple[int, str], int] = defaultdict(int)
    for one in covered:
        for place in one:
            votes[place] += 1
    whole = len(answers)
    agree = [Fraction(max(count, whole - count), whole) for count in votes.values()]
    won = {place for place, count in votes.items() if 2 * count > whole}
    pairs = [_f1(one, other) for one, other in combinations(covered, 2)]
    return Marked(
        _joined(tokens, won, answers),
        sum(agree, Fraction(0)) / len(agree) if agree else Fraction(1),
        sum(pairs) / len(pairs) if pairs else None,
        halved=any(2 * count == whole for count in votes.values()),
    )


def _tokens(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TOKEN.finditer(text)]


def _covered(tokens: Sequence[tuple[int, int]], spans: Iterable[Span]) -> set[tuple[int, str]]:
    """(token, label) for every token that a span covers a part of."""
    return {
        (number, span.label)
        for span in spans
        for number, (start, end) in enumerate(tokens)
        if start < span.end and span.start < end
    }


def _f1(one: set[tuple[int, str]], other: set[tuple[int, str]]) -> float:
    if not one and not other:
        return 1.0
    return 2 * len(one & other) / (len(one) + len(other))


def _joined(
    tokens: Sequence[tuple[int, int]],
    won: set[tuple[int, str]],
    answers: Sequence[Sequence[Span]],
) -> tuple[Span, ...]:
    spans: list[Span] = []
    for label in sorted({label for _, label in won}):
        run: list[int] = []
        for number in sorted(number for number, of in won if of == label):
            if run and (number != run[-1] + 1 or _parted(tokens, number, label, answers)):
                spans.append(Span(tokens[run[0]][0], tokens[run[-1]][1], label))
                run = []
            run.append(number)
        spans.append(Span(tokens[run[0]][0], tokens[run[-1]][1], label))
    return tuple(sorted(spans))


def _parted(
    tokens: Sequence[tuple[int, int]], number: int, label: str, answers: Sequence[Sequence[Span]]
) -> bool:
    """Tell whether most of those who marked a token and the one before it did so in two spans."""
    (start, before_end), (next_start, end) = tokens[number - 1], tokens[number]
    together = apart = 0
    for spans in answers:
        mine = [span for span in spans if span.label == label]
        left = [span for span in mine if span.start < before_end and start < span.end]
        right = [span for span in mine if span.start < end and next_start < span.end]
        if set(left) & set(right):
            together += 1
        elif left and right:
            apart += 1
    return apart > together
