"""Percentiles and ratios, so that every benchmark means the same by them."""

import math
from collections.abc import Iterable, Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of values in rising order: the least value that at least
    `percent` of all values do not exceed. Refuses an empty sequence.
    """
    if not ordered:
        raise ValueError("There is nothing to rank.")
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile in milliseconds, by the names that the figures bear."""
    ordered = sorted(seconds)
    return {f"p{n}_ms": round(1000 * percentile(ordered, n), 3) for n in (50, 95, 99)}


def ratio(measured: float, beside: float) -> float:
    """How much of `beside`; nothing of nothing."""
    return measured / beside if beside else 0.0


def flatness(values: Sequence[float]) -> float:
    """How many times the first value the largest of the later ones is; 1.0 or less is flat."""
    first, *later = values
    return ratio(max(later, default=first), first)
