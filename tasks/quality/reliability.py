"""Are confidences true? Tasks in bins of like confidence: how sure, and how often right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.quality.labels import Floats

Flags = NDArray[np.bool_]

BINS = 10
# A bin of fewer tasks says more about chance than about confidences.
LEAST_TASKS = 20


@dataclass(frozen=True, slots=True)
class Bin:
    """Tasks whose confidence lies in [`low`, `high`): how many, their mean confidence, and the part
    that was right. The last bin holds 1 as well."""

    low: float
    high: float
    tasks: int
    confidence: float
    right: float


def bins(confidence: Floats, hit: Floats, least: int = LEAST_TASKS) -> list[Bin]:
    """Ten bins of equal width from 0 to 1; one with fewer than `least` tasks is joined with the
    next above that has any, the last with the one below.

    `confidence` is each task's greatest chance; `hit` is 1 where it was right, 0 where wrong, a
    part where several classes tied (`scores.hits`).
    """
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    groups: list[list[int]] = []
    joined: list[int] = []
    for one in np.unique(place).tolist():
        joined.append(one)
        if np.isin(place, joined).sum() >= least:
            groups.append(joined)
            joined = []
    if joined:
        groups = [*groups[:-1], [*groups[-1], *joined]] if groups else [joined]
    return [_bin(group, np.isin(place, group), confidence, hit) for group in groups]


def calibration_error(confidence: Floats, hit: Floats, least: int = LEAST_TASKS) -> float:
    """The expected calibration error: the mean gap of a bin, weighted by its tasks, from 0 to 1.

    M. Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    With few tasks it is above 0 for true confidences too: ten tasks at .9 are right eight, nine or
    ten times; `least` joins such bins, 1 joins none. Not a number without tasks.
    """
    if not confidence.size:
        return float("nan")
    gaps = [one.tasks * abs(one.confidence - one.right) for one in bins(confidence, hit, least)]
    return float(sum(gaps) / confidence.size)


def _bin(group: list[int], here: Flags, confidence: Floats, hit: Floats) -> Bin:
    return Bin(
        low=group[0] / BINS,
        high=(group[-1] + 1) / BINS,
        tasks=int(here.sum()),
        confidence=float(confidence[here].mean()),
        right=float(hit[here].mean()),
    )
