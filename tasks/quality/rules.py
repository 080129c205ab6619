"""When a rule hits: a number by itself, a share by the nearer bound of its interval."""

from dataclasses import dataclass

from tasks.quality.acceptance import lower_bound, upper_bound

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Reading:
    """What a collector found: `value` of `seen` observations; `low` and `high` for a share."""

    value: float
    seen: int
    low: float | None = None
    high: float | None = None


def share(hits: int, seen: int) -> Reading:
    """A share with its exact 90 % interval (Clopper and Pearson 1934, Biometrika 26): each bound
    fails with a chance of at most 5 %. Refuses counts that are none.
    """
    if not 0 <= hits <= seen or seen == 0:
        raise ValueError("A share is of at least one observation.")
    low, high = lower_bound(hits, seen, CONFIDENCE), upper_bound(hits, seen, CONFIDENCE)
    return Reading(hits / seen, seen, low, high)


def hits(reading: Reading, operator: str, threshold: float, least: int) -> bool:
    """Tell whether a reading is surely `below` or `above` the threshold.

    Of a share, the whole interval has to be: 6 right of 10 are not surely below .8, since their
    interval ends at .85. Fewer than `least` observations never hit.
    """
    if reading.seen < least:
        return False
    if operator == "below":
        return (reading.value if reading.high is None else reading.high) < threshold
    if operator == "above":
        return (reading.value if reading.low is None else reading.low) > threshold
    raise ValueError(f"There is no operator {operator}.")
