"""What is known of the error of a delivery: upper bounds from lots that were judged by samples.

A lot that failed its plan was inspected whole and mended. To look only at the samples of the lots
that passed would flatter: they passed because few defects fell into their samples. So the bound is
first one on the defects there were in all lots together, from all samples, those of failed lots
included; then what was found and mended is taken off. Counts are whole results, `confidence` is
from 0 to 1, and the reviewers are taken to be right, unless `Inspectors` says how often they are.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, betaln, gammaln

from tasks.quality.acceptance import lot_upper_bound, lower_bound

CONFIDENCE = 0.95
PRIOR_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """A lot, or what one part of the work has in it: `size` results in the lot, of which `drawn`
    were in its sample and `bad` of those defective. `known` is how many of all its results were
    defective, where all were inspected, else None.

    For a part of the work, `bad` and `known` count that part's defects alone, while `size` and
    `drawn` are still the lot's: a draw from the lot is a draw of that part's defects too.
    """

    size: int
    drawn: int
    bad: int
    known: int | None = None

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        whole = self.bad if self.known is None else self.known
        if not 0 <= self.bad <= self.drawn <= self.size or not self.bad <= whole <= self.size:
            raise ValueError("Defects are among those drawn, and those among the lot.")

    @property
    def found(self) -> int:
        """The defects that were found, and mended."""
        return self.bad if self.known is None else self.known


@dataclass(frozen=True, slots=True)
class Inspectors:
    """What later showed of those who inspected: of `wrong` wrong answers they had `found` so many,
    of `right` right ones they had let `passed` pass. `inspected` is how many results they judged.
    """

    wrong: int
    found: int
    right: int
    passed: int
    inspected: int


def remaining(lots: Sequence[Judged], *, confidence: float = CONFIDENCE) -> int:
    """The most defects left in lots judged by samples of fixed size, all drawn by the same plan.

    Truly more are left in at most 1 - `confidence` of the deliveries, whatever the lots were like.
    """
    return max(0, total(lots, confidence) - sum(lot.found for lot in lots))


def total(lots: Sequence[Judged], confidence: float = CONFIDENCE) -> int:
    """The most defects there were in all lots before any was mended.

    One lot: exact (`lot_upper_bound`). Several: the number of defects in a hypergeometric sample is
    a sum of independent trials, one for each defect (Vatutin and Mikhailov 1982, Theory of
    Probability and its Applications 27), so that in all samples together is one as well; and of all
    such sums with the same mean the binomial one has most of its chance far below the mean
    (Hoeffding 1956, Annals of Mathematical Statistics 27, theorem 4). The mean is at least the
    smallest sampled share of a lot times the defects.
    """
    if len(lots) == 1:
        (lot,) = lots
        return round(lot_upper_bound(lot.size, lot.drawn, lot.bad, confidence) * lot.size)
    if not lots:
        return 0
    sizes, bad = sum(lot.size for lot in lots), sum(lot.bad for lot in lots)
    drawn, share = sum(lot.drawn for lot in lots), min(lot.drawn / lot.size for lot in lots)

    def excluded(defects: int) -> bool:
        mean = share * defects
        if bad > mean - 1:
            return False
        trials = min(drawn, defects)
        return float(bdtr(bad, trials, mean / trials)) <= 1 - confidence

    most = sizes - (drawn - bad)
    return _first(bad, most + 1, excluded) - 1


def remaining_at_any_time(
    lots: Sequence[Judged], *, expected: float, confidence: float = CONFIDENCE
) -> int:
    """The most defects left in lots judged one result after another, whenever each was decided.

    A sample that ends when it looks good cannot be read like one of fixed size. The likelihood of
    the draws under any mixture of error rates, over their likelihood under the true numbers of
    defects, stays below 1 / (1 - `confidence`) for ever with that chance (Ville 1939; Robbins 1970,
    Annals of Mathematical Statistics 41; without putting back: Waudby-Smith and Ramdas 2020,
    NeurIPS 33). All numbers of defects that keep it below are possible; those of lots inspected
    whole are known. The mixture is Beta(1/2, b) with the mean `expected`, fixed by the plan.
    """
    bad, drawn = sum(lot.bad for lot in lots), sum(lot.drawn for lot in lots)
    other = PRIOR_WEIGHT * (1 - expected) / expected
    mixture = betaln(PRIOR_WEIGHT + bad, other + drawn - bad) - betaln(PRIOR_WEIGHT, other)
    known = sum(float(_likelihood(lot, np.array([lot.known]))[0]) for lot in lots if _whole(lot))
    room = known - float(mixture) - math.log(1 - confidence)
    left, losses = 0, [np.zeros(0)]
    for lot in lots:
        if _whole(lot):
            continue
        likely = _likelihood(lot, np.arange(lot.bad, lot.size - (lot.drawn - lot.bad) + 1))
        best = int(likely.argmax())  # beyond those that were found
        room += float(likely[best])
        left += best
        losses.append(-np.diff(likely[best:]))
    # Each likelihood falls ever faster beyond its top: the cheapest steps first reach farthest.
    steps = np.sort(np.concatenate(losses))
    return left + int((np.cumsum(steps) < room).sum())


def with_inspectors(
    bound: Callable[[float], int], who: Inspectors, *, size: int, found: int, confidence: float
) -> int:
    """The most defects left when reviewers miss some and cry wolf at times.

    `bound` gives the most defects that the reviewers would find, at the confidence it is given;
    `found` is how many they found and mended among all `size` results. The risk is shared: two
    fifths for the samples, one fifth each for how often they find what is wrong, how often they let
    pass what is right, and for the luck of those that are there. A find is taken back as often as a
    right answer may be found fault with.
    """
    risk = (1 - confidence) / 5
    findable = bound(1 - 2 * risk)
    finds = lower_bound(who.found, who.wrong, 1 - risk) if who.wrong else 0.0
    passes = lower_bound(who.passed, who.right, 1 - risk) if who.right else 0.0
    if finds <= 0:
        return size
    there = _first(findable, size + 1, lambda d: float(bdtr(findable, d, finds)) <= risk) - 1
    surely = max(0.0, found - (1 - passes) * who.inspected)
    return max(0, min(size, there) - math.floor(surely))


def _whole(lot: Judged) -> bool:
    return lot.known is not None


def _likelihood(lot: Judged, defects: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float64]:
    """The logarithm of the chance of just these draws in their order, for numbers of defects."""
    good, right = lot.size - defects, lot.drawn - lot.bad
    logs: np.typing.NDArray[np.float64] = (
        _log_falling(defects, lot.bad)
        + _log_falling(good, right)
        - _log_falling(np.array(lot.size), lot.drawn)
    )
    return logs


def _log_falling(number: np.typing.NDArray[np.int64], times: int) -> np.typing.NDArray[np.float64]:
    logs: np.typing.NDArray[np.float64] = gammaln(number + 1.0) - gammaln(number - times + 1.0)
    return logs


def _first(least: int, most: int, holds: Callable[[int], bool]) -> int:
    """The first number for which a rule holds that stays true once it is; taken to hold at most."""
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if holds(middle) else (middle + 1, most)
    return least
