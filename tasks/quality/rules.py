"""When a rule hits: a number by itself, a share by the nearer bound of its interval.

A rule looks again after every answer. An interval that fails once in twenty at one look fails far
more often at some look of many: at a true accuracy of .80 and a bar of .80, one annotator in five
would be hit within 300 answers. So the interval holds at all looks together (H. Robbins,
"Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
Statistics 41, 1970; the inequality is J. Ville's, 1939).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import betaln

# How often, at most, an interval misses the true share at any of all looks.
ERROR = 0.05
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """What a collector found: `value` of `seen` observations; `low` and `high` for a share."""

    value: float
    seen: int
    low: float | None = None
    high: float | None = None


def share(hits: int, seen: int) -> Reading:
    """A share with the interval that holds the true share at every look, in 95 of 100 cases.

    Those p belong to it under which what was seen is less than 1 / ERROR times less likely than on
    average over all shares: B(hits + 1, misses + 1) < p^hits (1 - p)^misses / ERROR. Refuses counts
    that are none.
    """
    if not 0 <= hits <= seen or seen == 0:
        raise ValueError("A share is of at least one observation.")
    misses = seen - hits
    most = float(betaln(hits + 1, misses + 1)) + math.log(ERROR)

    def outside(p: float) -> bool:
        return _times(hits, p) + _times(misses, 1 - p) <= most

    value = hits / seen
    low = _edge(outside, 0.0, value) if hits else 0.0
    high = _edge(outside, 1.0, value) if misses else 1.0
    return Reading(value, seen, low, high)


def _times(number: int, chance: float) -> float:
    """The logarithm of chance to the power of number."""
    if number == 0:
        return 0.0
    return number * math.log(chance) if chance > 0 else -math.inf


def _edge(outside: Callable[[float], bool], out: float, inside: float) -> float:
    """Where the interval ends between a point outside and one inside it."""
    for _ in range(HALVINGS):
        middle = (out + inside) / 2
        if outside(middle):
            out = middle
        else:
            inside = middle
    return inside


def hits(reading: Reading, operator: str, threshold: float, least: int) -> bool:
    """Tell whether a reading is surely `below` or `above` the threshold.

    Of a share, the whole interval has to be: 6 right of 10 are not surely below .9, since their
    interval ends at .93. Fewer than `least` observations never hit.
    """
    if reading.seen < least:
        return False
    if operator == "below":
        return (reading.value if reading.high is None else reading.high) < threshold
    if operator == "above":
        return (reading.value if reading.low is None else reading.low) > threshold
    raise ValueError(f"There is no operator {operator}.")
