"""How several answers to one question are counted.

Votes where an answer is named (choices, sets, ratings, preferences); the order that turns the
fewest pairs round, of rankings; word by word, of marked passages.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tasks.interface.parts import Question
from tasks.interface.voting import VOTABLE, canonical
from tasks.quality.majority import Outcome, of_sets, on_scale, plurality
from tasks.quality.ranks import aggregate
from tasks.quality.spans import Span, merge

RANKING, SPANS = "ranking", "spans"
BEYOND_VOTES = (RANKING, SPANS)
COUNTED = (*VOTABLE, *BEYOND_VOTES)
# Two rankings that agree on half of their pairs, as any two would by chance, have this share.
NEARLY_ALIKE = Fraction(3, 4)
# Of the words marked by two annotators half are marked by both at this mean F1.
HALF_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Counted:
    """`answer` in JSON's shape, None for one that is left out; `share` of those who agree with it.
    If `tied` there is none. `details` are plain data for the result.
    """

    answer: Any
    share: Fraction
    tied: bool
    details: dict[str, Any]


def count(question: Question, given: Sequence[Any], payload: Mapping[str, Any]) -> Counted:
    """Count the answers of those who were shown a question, at least one; None is one left out."""
    if question.type == RANKING:
        return _rankings(given)
    if question.type == SPANS:
        return _marks(payload.get(question.field) or "", given)
    outcome = _vote(question, given)
    won = None if outcome.tied or outcome.winner == frozenset() else outcome.winner
    if isinstance(won, frozenset):
        won = [option for option in question.values if option in won]
    return Counted(won, outcome.share, outcome.tied, _details(outcome.share, given, _votes(given)))


def four_places(share: float | Fraction) -> float:
    """A share as results show it."""
    return round(float(share), 4)


def _vote(question: Question, given: Sequence[Any]) -> Outcome[Any]:
    if question.type == "multi":
        return of_sets([frozenset(one or ()) for one in given])
    if question.type == "rating" and None not in given:
        return on_scale([int(one) for one in given], question.minimum, question.maximum)
    return plurality(given)


def _rankings(given: Sequence[Sequence[Any] | None]) -> Counted:
    """First whether most rank at all. Their order is taken where more than half put each item
    before each that comes later, or where the rankings are nearly alike.
    """
    rankings = [one for one in given if one]
    asked = plurality([bool(one) for one in given])
    if asked.tied or not asked.winner:
        return Counted(None, asked.share, asked.tied, _details(asked.share, given, _votes(given)))
    found = aggregate(rankings)
    share = Fraction(found.share).limit_denominator(100_000)
    tied = not found.by_most and share <= NEARLY_ALIKE
    more = {"w": None if found.w is None else four_places(found.w), **_votes(given)}
    return Counted(None if tied else [*found.order], share, tied, _details(share, given, more))


def _marks(text: str, given: Sequence[Sequence[Mapping[str, Any]] | None]) -> Counted:
    """Who left the question out has marked nothing. Differing marks are a tie where most marked
    something and no word was marked by most, and where a word was marked by just half and the marks
    are less than half alike. A single answer stays as it was handed in.
    """
    answers = [
        [Span(one["start"], one["end"], one["label"]) for one in ones or ()] for ones in given
    ]
    found = merge(text, answers)
    most_marked = 2 * sum(bool(ones) for ones in answers) > len(answers)
    unlike = found.alike is not None and found.alike < HALF_ALIKE
    tied = (most_marked and not found.spans) or (found.halved and unlike)
    won: list[Any] = [
        {"start": one.start, "end": one.end, "label": one.label, "text": text[one.start : one.end]}
        for one in found.spans
    ]
    if len(given) == 1:
        won, tied = [*(given[0] or ())], False
    more = {"alike": None if found.alike is None else four_places(found.alike)}
    details = _details(found.share, given, more)
    return Counted(None if tied else won or None, found.share, tied, details)


def _votes(given: Sequence[Any]) -> dict[str, Any]:
    return {"votes": dict(Counter(canonical(one) for one in given))}


def _details(share: Fraction, given: Sequence[Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {"share": four_places(share), "voters": len(given), **more}
