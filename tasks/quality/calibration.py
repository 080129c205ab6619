"""What a confidence means: of the tasks at .9, nine in ten are right. Learned from gold.

The chances of a model are raised to 1/temperature and mixed with a lapse (the part of tasks on
which everybody may be wrong together): r = (1 - lapse) * p ** (1/temperature) / sum + lapse / K.
Temperature scaling is C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017; fifty
gold tasks are too few for its point estimate, so both parameters keep a prior and the calibrated
chances are averaged over what gold leaves possible (a grid, Bayes' rule).

The prior stands for chances that `truth.discount` has been applied to: a temperature near 1, with
long tails (Student's t) since some questions mislead everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.quality.labels import UNKNOWN, Floats, Ints

# Of log(temperature): where the prior is centred, its scale, and its degrees of freedom.
CENTRE, SCALE, FREEDOM = -0.15, 0.15, 2.0
LOG_TEMPERATURES = np.linspace(-1.4, 1.8, 33)
LAPSES = np.array([0.0, 0.01, 0.02, 0.04, 0.08, 0.16])
MEAN_LAPSE = 0.02
# Points of the grid that gold has made less likely than this are dropped.
NEGLIGIBLE = 1e-3
FAINTEST = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """Possible temperatures and lapses with their weights; `gold`: how many gold tasks it saw.

    Without gold it is the prior alone and its confidences must be called uncalibrated.
    """

    temperature: Floats
    lapse: Floats
    weight: Floats
    gold: int

    @property
    def calibrated(self) -> bool:
        """Whether gold had a say."""
        return self.gold > 0

    def apply(self, posterior: Floats) -> Floats:
        """Calibrated chances for rows of a model's chances (tasks x classes)."""
        logits = np.log(np.maximum(posterior, FAINTEST))
        mixed = np.zeros_like(logits)
        for temperature in np.unique(self.temperature):
            here = self.temperature == temperature
            weight, lapsed = self.weight[here].sum(), (self.weight * self.lapse)[here].sum()
            mixed += (weight - lapsed) * _tempered(logits, temperature)
            mixed += lapsed / logits.shape[1]
        return mixed

    def as_data(self) -> dict[str, Any]:
        """Plain data to be stored; `from_data` reads it."""
        lists = {name: getattr(self, name).tolist() for name in ("temperature", "lapse", "weight")}
        return {**lists, "gold": self.gold}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Calibration":
        """What was stored by `as_data`."""
        temperature, lapse, weight = (
            np.asarray(data[name], dtype=np.float64) for name in ("temperature", "lapse", "weight")
        )
        return cls(temperature, lapse, weight, int(data["gold"]))


def calibrate(posterior: Floats, truth: Ints) -> Calibration:
    """Learn from rows whose class is known; other rows (UNKNOWN) are left out.

    The rows must be discounted chances of an estimate that was not told these classes: a task that
    is clamped is certain and teaches nothing. Raises ValueError for arrays of unequal length.
    """
    if len(posterior) != len(truth):
        raise ValueError("Each row of chances needs a class, or UNKNOWN.")
    told = np.flatnonzero(truth != UNKNOWN)
    logits = np.log(np.maximum(posterior[told], FAINTEST))
    place = np.arange(told.size), truth[told]
    evidence = np.empty((LOG_TEMPERATURES.size, LAPSES.size))
    for row, log_temperature in enumerate(LOG_TEMPERATURES):
        right = _tempered(logits, float(np.exp(log_temperature)))[place]
        mixed = (1 - LAPSES) * right[:, None] + LAPSES / max(posterior.shape[1], 1)
        evidence[row] = np.log(np.maximum(mixed, FAINTEST)).sum(axis=0)
    evidence += _prior()
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    rows, columns = np.nonzero(weight >= NEGLIGIBLE)
    kept = weight[rows, columns] / weight[rows, columns].sum()
    return Calibration(np.exp(LOG_TEMPERATURES[rows]), LAPSES[columns], kept, told.size)


def uncalibrated(classes: int = 2) -> Calibration:
    """What experience alone says, before there is any gold."""
    return calibrate(np.zeros((0, classes)), np.zeros(0, dtype=np.int64))


def _prior() -> Floats:
    """The logarithm of the prior at each point of the grid."""
    off = (LOG_TEMPERATURES - CENTRE) / SCALE
    of_temperature = -(FREEDOM + 1) / 2 * np.log1p(off**2 / FREEDOM)
    prior: Floats = of_temperature[:, None] - LAPSES / MEAN_LAPSE
    return prior


def _tempered(logits: Floats, temperature: float) -> Floats:
    scaled = logits / temperature
    if not len(scaled):
        return scaled
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances
