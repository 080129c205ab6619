"""Who is asked next for a task, when several experts could be: the best proven, within fairness.

Skill is a Beta distribution for each expert and domain. Experts are ranked by its lower bound (good
and known to be good), or by a draw from it (Thompson: the less is known, the more often somebody
gets the benefit of the doubt). Two rules stand above the ranking: nobody gets more than three times
the mean share, and one assignment in ten goes to newcomers while there are some.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta as beta_law

from tasks.matching.score import NEWCOMER_GOLD

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

__all__ = ["NEWCOMER_GOLD", "Fairness", "choose", "lower_bounds", "prior", "within_share"]


@dataclass(frozen=True, slots=True)
class Fairness:
    """`share_factor`: how many times the mean share an expert may get. `newcomer_share`: the part
    (0 to 1) of assignments kept for newcomers. `head_start`: what everyone may take before shares
    are compared, since the first assignment is all of one expert's and nothing of others'."""

    share_factor: float = 3.0
    newcomer_share: float = 0.1
    head_start: int = 5


def prior(right: Counts, seen: Counts, weight: float = 5.0) -> tuple[float, float]:
    """Alpha and beta before an expert's own answers: the pool's mean, worth `weight` answers."""
    mean = (float(right.sum()) + 1) / (float(seen.sum()) + 2)
    return weight * mean, weight * (1 - mean)


def lower_bounds(alpha: Floats, beta: Floats, chance: float = 0.05) -> Floats:
    """The skill that each expert exceeds with all but `chance`."""
    bounds: Floats = beta_law.ppf(chance, alpha, beta)
    return bounds


def within_share(taken: Counts, fairness: Fairness) -> Flags:
    """Who may take one more: with it, nobody has more than the factor times the mean of all.

    `taken` holds the assignments so far of everyone who is eligible for this work, busy or not.
    """
    mean = (taken.sum() + 1) / taken.size
    allowed: Flags = taken + 1 <= max(fairness.head_start, fairness.share_factor * mean)
    return allowed


def choose(
    *, worth: Floats, taken: Counts, free: Flags, newcomer: Flags, fairness: Fairness
) -> int | None:
    """The expert to ask next, as an index; None if nobody is free within their share.

    All arrays have one place for each expert eligible for this work. `worth` ranks them, high
    first (the lower of two equals by index); `free` may be asked now. While newcomers hold less
    than their part of all assignments, with this one counted, only they are asked if one is free.
    """
    able = free & within_share(taken, fairness)
    fresh = able & newcomer
    due = taken[newcomer].sum() < fairness.newcomer_share * (taken.sum() + 1)
    if due and fresh.any():
        able = fresh
    if not able.any():
        return None
    return int(np.where(able, worth, -np.inf).argmax())
