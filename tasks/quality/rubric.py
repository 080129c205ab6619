"""Answers scored criterion by criterion: what the reviewers agree on, the total, and whether all
criteria are met.

Each criterion is a question of its own, so each is decided on its own: a criterion of two steps by
more than half, one on a scale by the median, with the nearest steps counted as nearly the same. A
tie is no decision, and the total says so rather than guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tasks.quality.majority import Outcome, on_scale


@dataclass(frozen=True, slots=True)
class Criterion:
    """Scored from `lowest` to `highest` in whole steps; met from `bar` on. `weight` in the total.

    A yes-or-no criterion is 0 to 1 with bar 1.
    """

    name: str
    lowest: int = 0
    highest: int = 1
    bar: int = 1
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Refuse a scale without steps, a bar outside it, and a negative weight."""
        if not self.lowest < self.highest or not self.lowest <= self.bar <= self.highest:
            raise ValueError(f"{self.name}: the bar lies on a scale of at least two steps.")
        if self.weight < 0:
            raise ValueError(f"{self.name}: a weight is not negative.")


@dataclass(frozen=True, slots=True)
class Consensus:
    """`outcomes` by criterion; `total` from 0 to 1, None while any criterion of weight is tied or
    unscored; `all_met` is False as soon as one is surely missed, None while it is open."""

    outcomes: Mapping[str, Outcome[int]]
    total: Fraction | None
    all_met: bool | None


def consensus(criteria: Sequence[Criterion], scores: Sequence[Mapping[str, int]]) -> Consensus:
    """Decide each criterion from the reviewers' `scores` (by name; what is missing was not scored).

    Refuses criteria without a name of their own and scores that are off their scale or of no
    criterion.
    """
    known = {one.name: one for one in criteria}
    if not criteria or len(known) < len(criteria):
        raise ValueError("A rubric has criteria, each with a name of its own.")
    for given in scores:
        for name, score in given.items():
            if name not in known or not known[name].lowest <= score <= known[name].highest:
                raise ValueError(f"{name}: {score} is no score of this rubric.")
    outcomes = {
        one.name: _outcome(one, [s[one.name] for s in scores if one.name in s]) for one in criteria
    }
    values = {name: outcome.winner for name, outcome in outcomes.items()}
    return Consensus(outcomes, total(criteria, values), all_met(criteria, values))


def total(criteria: Sequence[Criterion], scores: Mapping[str, int | None]) -> Fraction | None:
    """The weighted mean of how far up its scale each criterion is, 0 to 1; None if one with weight
    has no score, or none has weight."""
    weight = sum((one.weight for one in criteria), Fraction(0))
    points = Fraction(0)
    for one in criteria:
        score = scores.get(one.name)
        if score is None and one.weight:
            return None
        points += one.weight * Fraction((score or 0) - one.lowest, one.highest - one.lowest)
    return points / weight if weight else None


def all_met(criteria: Sequence[Criterion], scores: Mapping[str, int | None]) -> bool | None:
    """All of the above: True if every criterion is met, False if one is missed, else None."""
    found = [None if (s := scores.get(one.name)) is None else s >= one.bar for one in criteria]
    if False in found:
        return False
    return None if None in found else True


def _outcome(criterion: Criterion, votes: list[int]) -> Outcome[int]:
    if not votes:
        return Outcome(None, Fraction(0), 0, tied=True)
    return on_scale(votes, criterion.lowest, criterion.highest)
