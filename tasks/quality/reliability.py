"""Are confidences true? Tasks in bins of like confidence: how sure, and how often right."""

from dataclasses import dataclass

import numpy as np

from tasks.quality.labels import Floats

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Tasks whose confidence lies in [`low`, `high`): how many, their mean confidence, and the part
    that was right. The last bin holds 1 as well."""

    low: float
    high: float
    tasks: int
    confidence: float
    right: float


def bins(confidence: Floats, hit: Floats, number: int = BINS) -> list[Bin]:
    """Bins of equal width from 0 to 1, those that hold a task.

    `confidence` is each task's greatest chance; `hit` is 1 where it was right, 0 where wrong, a
    part where several classes tied (`scores.hits`).
    """
    place = np.minimum((confidence * number).astype(np.int64), number - 1)
    found = []
    for one in np.unique(place):
        here = place == one
        means = float(confidence[here].mean()), float(hit[here].mean())
        found.append(Bin(one / number, (one + 1) / number, int(here.sum()), *means))
    return found


def calibration_error(confidence: Floats, hit: Floats, number: int = BINS) -> float:
    """The expected calibration error: the mean gap of a bin, weighted by its tasks, from 0 to 1.

    M. Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    With few tasks it is above 0 for true confidences too: ten tasks at .9 are right eight, nine or
    ten times. Not a number without tasks.
    """
    if not confidence.size:
        return float("nan")
    gaps = [one.tasks * abs(one.confidence - one.right) for one in bins(confidence, hit, number)]
    return float(sum(gaps) / confidence.size)
