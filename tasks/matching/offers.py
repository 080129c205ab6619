"""How many experts are asked for one task, and who is asked next when they do not take it.

An offer holds no slot, so more may be out than a task needs. Asking too many annoys: everyone who
accepts after the slot is gone did so in vain. So offers go out until as many acceptances are
*expected* as are needed, k = need / chance rounded up when all chances are equal, and the cascade
asks the next ones when an offer is declined or runs out. (Asking until 90 % are sure of one would
take 4 experts of chance 1/2 for one slot, and most often at least two of them would accept.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

# How many answered offers the platform's own rate counts for in the estimate for one annotator.
PRIOR_WEIGHT = 4.0
# Sums of chances miss whole numbers by rounding: ten times .1 is not quite 1.
TINY = 1e-9
# However unlikely its experts are to accept: so many offers for one slot at once.
MOST_FOR_ONE = 5


@dataclass(frozen=True, slots=True)
class Record:
    """How many offers were answered or ran out, and how many of them were accepted (an acceptance
    that came too late is one all the same)."""

    ended: int
    accepted: int


def platform_rate(everyone: Record) -> float:
    """The chance that any offer is accepted; one half while nothing is known (Laplace)."""
    return (everyone.accepted + 1) / (everyone.ended + 2)


def chance(own: Record, rate: float) -> float:
    """The chance (0 to 1) that an annotator accepts an offer.

    The mean of a Beta distribution: their own record, and the platform's rate as if it were four
    offers of theirs.
    """
    return (own.accepted + PRIOR_WEIGHT * rate) / (own.ended + PRIOR_WEIGHT)


def wanted(need: int, rate: float) -> int:
    """How many offers a task with that many free slots is planned with, at the common chance."""
    if need <= 0:
        return 0
    for number in range(need, MOST_FOR_ONE * need):
        if number * rate >= need - TINY:
            return number
    return MOST_FOR_ONE * need


def how_many(need: float, chances: Sequence[float]) -> int:
    """How many of the experts, asked in this order, are asked now: the first few whose chances add
    up to `need` expected acceptances. All of them if they never do; nobody if nothing is needed.

    For the cascade, `need` is what the offers that are still out are not expected to bring.
    """
    expected = 0.0
    for number, one in enumerate(chances):
        if expected >= need - TINY:
            return number
        expected += one
    return len(chances)
