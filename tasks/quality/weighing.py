"""The chance of each answer to one question of one task, from a model that was fitted before.

Cheap enough to be done after each answer: a few sums, no fit. Before there is a model every
annotator is a coin of known skill (`tasks.quality.enough`) and all answers are alike likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.quality.calibration import FAINTEST, Calibration, uncalibrated
from tasks.quality.labels import Floats
from tasks.quality.truth.discount import discount
from tasks.quality.truth.estimate import posterior_of

MAJORITY = "majority"
# Nobody is known to be always right, nor always wrong.
SURE = 1e-6


@dataclass(frozen=True, slots=True)
class Model:
    """How one question's labels are read. `prior[k]`: the share of class k; `stranger`: how
    somebody answers of whom nothing is known. Without `calibration` experience alone says how sure
    the chances are, and they must be called uncalibrated."""

    method: str
    prior: Floats
    stranger: Floats
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """The class that somebody named, and how they answer: true x said."""

    said: int
    confusion: Floats


def coin(skill: float, classes: int) -> Floats:
    """How somebody answers who is right with this chance, and errs to each class alike."""
    right = min(max(skill, SURE), 1 - SURE)
    matrix = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(matrix, right)
    return matrix


def unfitted(skill: float, classes: int) -> Model:
    """What is assumed of a question before anything was measured: a stranger has this skill."""
    return Model("one_coin", np.full(classes, 1 / classes), coin(skill, classes))


def weigh(model: Model, labels: Sequence[Label]) -> Floats:
    """The chance of each class, calibrated as well as the model can. Without labels: the prior."""
    if not labels:
        return model.prior
    said = [label.said for label in labels]
    if model.method == MAJORITY:
        raw = np.bincount(said, minlength=model.prior.size) / len(said)
    else:
        raw = posterior_of(said, [label.confusion for label in labels], model.prior)
        raw = discount(raw[None], np.array([len(said)]))[0]
    return _calibrated(model.calibration or _experience(), raw)


def _calibrated(calibration: Calibration, chances: Floats) -> Floats:
    """What `Calibration.apply` makes of one row, all points of its grid at once."""
    logits = np.log(np.maximum(chances, FAINTEST))
    raised = np.exp((logits - logits.max()) / calibration.temperature[:, None])
    tempered = raised / raised.sum(axis=1, keepdims=True)
    lapsed = calibration.weight * calibration.lapse
    mixed: Floats = (calibration.weight - lapsed) @ tempered + lapsed.sum() / chances.size
    return mixed


@cache
def _experience() -> Calibration:
    return uncalibrated()
