"""Majority votes, question by question, with the winner's share as an uncalibrated confidence.

A vote is any hashable value. Shares are exact fractions: 2 of 3 is 2/3. What the share says is how
many agreed, not how often they are right: no confidence here is calibrated.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Vote = TypeVar("Vote", bound=Hashable)
Option = TypeVar("Option", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Vote]):
    """`winner` with its `share` of the `voters`; if `tied`, none and the best one's share."""

    winner: Vote | None
    share: Fraction
    voters: int
    tied: bool = False


def plurality(votes: Sequence[Vote]) -> Outcome[Vote]:
    """The vote of more than half of the voters, tied if there is none: two of five who agree are
    the largest group, and yet most said something else. Raises ValueError without votes.
    """
    counts = Counter(votes).most_common(1)
    if not counts:
        raise ValueError("Nobody voted.")
    vote, best = counts[0]
    tied = 2 * best <= len(votes)
    return Outcome(None if tied else vote, Fraction(best, len(votes)), len(votes), tied)


def on_scale(votes: Sequence[int], lowest: int, highest: int) -> Outcome[int]:
    """The value that more than half gave; without one the lower median decides.

    Neighbours on a scale nearly agree, so votes without a majority are a disagreement only where
    they lie further apart than half of the scale.
    """
    outcome = plurality(votes)
    if not outcome.tied:
        return outcome
    if 2 * (max(votes) - min(votes)) > highest - lowest:
        return outcome
    median = sorted(votes)[(len(votes) - 1) // 2]
    return Outcome(median, Fraction(votes.count(median), len(votes)), len(votes))


def of_sets(votes: Sequence[frozenset[Option]]) -> Outcome[frozenset[Option]]:
    """Vote on each option by itself: in if more than half of the voters chose it, out if fewer.

    The share is that of the least sure option (1 if nobody chose any). Tied if some option was
    chosen by exactly half. Raises ValueError without votes.
    """
    if not votes:
        raise ValueError("Nobody voted.")
    counts = Counter(option for vote in votes for option in vote)
    whole = len(votes)
    share = min((Fraction(max(n, whole - n), whole) for n in counts.values()), default=Fraction(1))
    tied = any(2 * n == whole for n in counts.values())
    chosen = frozenset(option for option, n in counts.items() if 2 * n > whole)
    return Outcome(None if tied else chosen, share, whole, tied)


def closest(ballots: Sequence[Mapping[str, Hashable]], agreed: Mapping[str, Hashable]) -> list[int]:
    """The ballots' places, those first that agree with the outcome on most questions; ties keep
    their order (the earlier submission first)."""
    hits = [sum(ballot.get(name) == value for name, value in agreed.items()) for ballot in ballots]
    return sorted(range(len(ballots)), key=lambda place: -hits[place])
