"""Preferences of pairs become strengths of items: Bradley-Terry, with judges of unequal care.

The chance that i is preferred to j is s_i / (s_i + s_j) (Bradley and Terry 1952, Biometrika 39);
strengths are found by the MM steps of Hunter (2004, Annals of Statistics 32, 384-406). A tie is
half a win for each. Every item also has half a win and half a loss of weight PRIOR against an item
of mean strength, so that there is an answer where some items never lose, or were never compared
with others (the weak gamma prior of Caron and Doucet 2012, JCGS 21).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tasks.quality.labels import Floats, Ints

PRIOR = 0.1
"""Comparisons that each item is given in advance."""
CAREFUL, CARELESS = 19.0, 1.0
"""Answers that each judge is given in advance: taken for careful in 19 of 20 until shown otherwise.
With fewer, close items and careless judges are mistaken for each other, and strengths come out too
far apart."""
ROUNDS = 1_000
SETTLED = 1e-9

FIRST, SECOND, TIE = 1.0, 0.0, 0.5
"""What a judge preferred, as the share of a win of the item shown first."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A judge saw items `first` and `second` (indices) and preferred by `won`: FIRST, SECOND, TIE.

    `judge` is an index as well; it may stay 0 where judges are not told apart.
    """

    first: int
    second: int
    won: float
    judge: int = 0


@dataclass(frozen=True, slots=True)
class Strengths:
    """`log_strength[i]`, mean 0: item i is preferred to j with the chance expit of the difference.

    Of judges: `care[j]`, the share of answers that follow the items, and `first_bias[j]`, how often
    the others name the item shown first.
    """

    log_strength: Floats
    care: Floats
    first_bias: Floats

    def preferred(self, one: int, other: int) -> float:
        """The chance that a careful judge prefers the one to the other."""
        gap = self.log_strength[one] - self.log_strength[other]
        return float(1 / (1 + np.exp(-gap)))

    def order(self) -> list[int]:
        """Items from the strongest to the weakest; of equals the lower index first."""
        return [int(item) for item in np.argsort(-self.log_strength, kind="stable")]


@dataclass(frozen=True, slots=True)
class _Table:
    """Comparisons as columns."""

    first: Ints
    second: Ints
    won: Floats
    judge: Ints
    items: int

    @property
    def judges(self) -> int:
        return int(self.judge.max(initial=-1)) + 1


def bradley_terry(comparisons: Iterable[Comparison], items: int, prior: float = PRIOR) -> Strengths:
    """Strengths of `items` items; all judges count alike. Without comparisons all are equal.

    Refuses an item outside 0 to `items` - 1, one compared with itself, and a `won` outside 0 to 1.
    `prior` is above 0.
    """
    table = _table(comparisons, items)
    found = _strengths(table, np.ones(table.won.size), prior, np.zeros(items))
    return Strengths(found, np.ones(table.judges), np.full(table.judges, 0.5))


def noisy_bradley_terry(
    comparisons: Iterable[Comparison], items: int, prior: float = PRIOR
) -> Strengths:
    """The same where judges may answer without care: with the chance `care` a judge follows the
    strengths, else names the item shown first with the chance `first_bias` (a mixture as in CrowdBT
    by Chen et al. 2013, WSDM, with the bias of crowd-kit's). By expectation and maximization: each
    answer counts for the items by the chance that it was given with care.
    """
    table = _table(comparisons, items)
    judge, won, judges = table.judge, table.won, table.judges
    care, bias = np.full(judges, CAREFUL / (CAREFUL + CARELESS)), np.full(judges, 0.5)
    strengths = _strengths(table, np.ones(won.size), prior, np.zeros(items))
    given = np.bincount(judge, minlength=judges)
    for _ in range(ROUNDS):
        gap = strengths[table.first] - strengths[table.second]
        # a tie is half an answer for either side: its chance is the geometric mean of both
        says = np.exp(-won * np.logaddexp(0, -gap) - (1 - won) * np.logaddexp(0, gap))
        guesses = bias[judge] ** won * (1 - bias[judge]) ** (1 - won)
        careful = care[judge] * says / (care[judge] * says + (1 - care[judge]) * guesses)
        before, heeded = care, np.bincount(judge, careful, judges)
        care = (heeded + CAREFUL) / (given + CAREFUL + CARELESS)
        bias = (np.bincount(judge, (1 - careful) * won, judges) + 1) / (given - heeded + 2)
        strengths = _strengths(table, careful, prior, strengths)
        if np.abs(care - before).max(initial=0) < SETTLED:
            break
    return Strengths(strengths, care, bias)


def _strengths(table: _Table, weight: Floats, prior: float, start: Floats) -> Floats:
    """Hunter's MM steps for log strengths from `start`, each answer counted by its weight."""
    items = table.items
    wins = np.bincount(table.first, weight * table.won, items)
    wins += np.bincount(table.second, weight * (1 - table.won), items)
    met = np.zeros((items, items))
    np.add.at(met, (table.first, table.second), weight)
    met += met.T
    log: Floats = start
    for _ in range(ROUNDS):
        strength = np.exp(log)
        below = (met / (strength[:, None] + strength)).sum(axis=1) + prior / (strength + 1)
        moved = np.log((wins + prior / 2) / below)
        moved -= moved.mean() if items else 0.0
        settled = np.abs(moved - log).max(initial=0) < SETTLED
        log = moved
        if settled:
            break
    return log


def _table(comparisons: Iterable[Comparison], items: int) -> _Table:
    rows = list(comparisons)
    for one in rows:
        if not (0 <= one.first < items and 0 <= one.second < items) or one.first == one.second:
            raise ValueError("Two different items are compared.")
        if not 0 <= one.won <= 1 or one.judge < 0:
            raise ValueError("A preference is from 0 to 1, a judge has a number.")
    table = np.array([(c.first, c.second, c.judge) for c in rows], dtype=np.int64).reshape(-1, 3)
    won = np.array([c.won for c in rows], dtype=np.float64)
    return _Table(table[:, 0], table[:, 1], won, table[:, 2], items)
