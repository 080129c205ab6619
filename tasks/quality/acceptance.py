"""Acceptance of a lot by a sample: how many to draw, how many defects to bear, what is then known.

A lot is a finite number of items of which a sample is drawn without putting back, so counts follow
the hypergeometric distribution (Montgomery, Introduction to Statistical Quality Control, ch. 15).
A bound says: if more than this were defective, so few defects in the sample would be seen less than
once in twenty times. Counts are whole items, shares are from 0 to 1.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaln

CONFIDENCE = 0.95
PRODUCER = 0.05
"""The chance that a good lot is refused."""
CONSUMER = 0.10
"""The chance that a bad lot is accepted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Draw `sample` items; accept the lot if at most `allowed` of them are defective.

    The risks are those the plan really has: at most the ones asked for.
    """

    sample: int
    allowed: int
    producer: float
    consumer: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a lot: `lot` items, of which `seen` were drawn and `bad` found defective."""

    lot: int
    seen: int
    bad: int


def at_most(found: int, lot: int, defective: int, sample: int) -> float:
    """The chance of at most `found` defects in a `sample` of a `lot` with `defective` ones."""
    most = min(found, sample, defective)
    least = max(0, sample - (lot - defective))
    if most < least:
        return 0.0
    if most == min(sample, defective):
        return 1.0
    k = np.arange(least, most + 1)
    logs = (
        _log_choose(defective, k)
        + _log_choose(lot - defective, sample - k)
        - _log_choose(lot, np.array(sample))
    )
    return min(1.0, float(np.exp(logs).sum()))


def plan(
    lot: int, aql: float, ltpd: float, producer: float = PRODUCER, consumer: float = CONSUMER
) -> Plan:
    """The smallest sample that tells a lot with at most `aql` defects from one with `ltpd` or more.

    `producer` is the risk of refusing the good one, `consumer` that of accepting the bad one. There
    always is a plan: at the utmost every item is looked at. Refuses an empty lot and shares that
    are not 0 <= aql < ltpd <= 1.
    """
    if lot < 1 or not 0 <= aql < ltpd <= 1:
        raise ValueError("A lot has items, and its AQL lies below its LTPD.")
    if not (0 < producer < 1 and 0 < consumer < 1):
        raise ValueError("Risks are between 0 and 1.")
    good, bad = _whole(aql * lot, math.floor), min(lot, _whole(ltpd * lot, math.ceil))
    for allowed in range(good + 1):
        sample = _sample(allowed, lot, bad, consumer)
        refused = 1 - at_most(allowed, lot, good, sample)
        if refused <= producer:
            return Plan(sample, allowed, max(0.0, refused), at_most(allowed, lot, bad, sample))
    raise AssertionError("A review of the whole lot is a plan.")


def zero_defects(share: float, confidence: float = CONFIDENCE) -> int:
    """How many items, all without defect, show that fewer than `share` of them are defective."""
    if not (0 < share < 1 and 0 < confidence < 1):
        raise ValueError("Shares are between 0 and 1.")
    return math.ceil(math.log(1 - confidence) / math.log(1 - share))


def two_sided(bad: int, seen: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share of which `bad` of `seen` were found (Clopper and Pearson 1934,
    Biometrika 26). Nothing seen: 0 to 1.
    """
    one = (1 + confidence) / 2
    return lower_bound(bad, seen, one), upper_bound(bad, seen, one)


def upper_bound(bad: int, seen: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of a share, for items from an endless stream."""
    _check_counts(bad, seen)
    return 1.0 if bad == seen else float(betaincinv(bad + 1, seen - bad, confidence))


def lower_bound(bad: int, seen: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided lower bound of a share, for items from an endless stream."""
    _check_counts(bad, seen)
    return 0.0 if bad == 0 else float(betaincinv(bad, seen - bad + 1, 1 - confidence))


def lot_upper_bound(lot: int, seen: int, bad: int, confidence: float = CONFIDENCE) -> float:
    """The upper bound of the share of defects in a finite lot of which a sample was drawn.

    The largest number of defects with which `bad` or fewer in the sample still have a chance above
    1 - `confidence` (Buonaccorsi 1987, The American Statistician 41). All seen: the share itself.
    """
    _check_counts(bad, seen)
    if lot < 1 or seen > lot:
        raise ValueError("A sample is no larger than its lot.")
    most = lot - (seen - bad)
    excluded = _first(bad, most + 1, lambda d: at_most(bad, lot, d, seen) <= 1 - confidence)
    return (excluded - 1) / lot


def by_stratum(strata: Mapping[str, Stratum], confidence: float = CONFIDENCE) -> dict[str, float]:
    """The upper bound of each part by itself. Also right where the sample was drawn from the whole
    lot and only then parted: given how many fell in a part, they are a random draw from it. With
    twenty parts, one bound at 95 % is expected to fail; `combined` has no such weakness.
    """
    return {
        name: lot_upper_bound(part.lot, part.seen, part.bad, confidence)
        for name, part in strata.items()
    }


def combined(strata: Mapping[str, Stratum], confidence: float = CONFIDENCE) -> float:
    """The upper bound of the whole lot where each part had a sample of its own size.

    The parts' bounds, each at 1 - (1 - `confidence`) / parts, weighted by their sizes (Bonferroni):
    on the safe side. Where one sample was drawn from the whole lot, use `lot_upper_bound`.
    """
    if not strata:
        raise ValueError("A lot has parts.")
    each = by_stratum(strata, 1 - (1 - confidence) / len(strata))
    return sum(each[name] * part.lot for name, part in strata.items()) / sum(
        part.lot for part in strata.values()
    )


def _sample(allowed: int, lot: int, bad: int, consumer: float) -> int:
    """The smallest sample with which a lot of `bad` defects is seldom enough accepted."""
    return _first(allowed, lot, lambda drawn: at_most(allowed, lot, bad, drawn) <= consumer)


def _first(least: int, most: int, holds: Callable[[int], bool]) -> int:
    """The first number from `least` to `most` for which a rule holds that stays true once it is;
    it is taken to hold for `most`."""
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if holds(middle) else (middle + 1, most)
    return least


def _log_choose(n: int, k: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float64]:
    logs: np.typing.NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return logs


def _whole(items: float, towards: Callable[[float], int]) -> int:
    """Whole items; 0.07 of 100 is 7, whatever binary fractions say."""
    return towards(round(items, 9))


def _check_counts(bad: int, seen: int) -> None:
    if not 0 <= bad <= seen:
        raise ValueError("Defects are from 0 to the number seen.")
