"""The chance of each answer to one question of one task, from a model that was fitted before.

Cheap enough to be done after each answer: a few sums, no fit. The model is the mixture of methods
that gold has chosen (`tasks.quality.truth.choice`); of the labels that it was fitted to, it says
what the fit said. Before there is a model every annotator is a coin of known skill
(`tasks.quality.enough`) and all answers are alike likely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.quality.calibration import FAINTEST, Calibration, uncalibrated
from tasks.quality.labels import Floats
from tasks.quality.truth.choice import MAJORITY, discounted
from tasks.quality.truth.estimate import posterior_of

# The method before anything was measured.
UNFITTED = "one_coin"
# Nobody is known to be always right, nor always wrong.
SURE = 1e-6


@dataclass(frozen=True, slots=True)
class Part:
    """One method's part in a model. `prior[k]`: the share of class k; `stranger`: how somebody
    answers of whom nothing is known (the majority counts everybody alike and has no use for it)."""

    weight: float
    prior: Floats
    stranger: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """How one question's labels are read: by each method, mixed by weights that add up to 1.
    Without `calibration` experience alone says how sure the chances are, and they must be called
    uncalibrated."""

    parts: Mapping[str, Part]
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """The class that somebody named, and how they answer by each method: true x said."""

    said: int
    confusion: Mapping[str, Floats]


def coin(skill: float, classes: int) -> Floats:
    """How somebody answers who is right with this chance, and errs to each class alike."""
    right = min(max(skill, SURE), 1 - SURE)
    matrix = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(matrix, right)
    return matrix


def unfitted(skill: float, classes: int) -> Model:
    """What is assumed of a question before anything was measured: a stranger has this skill."""
    return Model({UNFITTED: Part(1.0, np.full(classes, 1 / classes), coin(skill, classes))})


def weigh(model: Model, labels: Sequence[Label]) -> Floats:
    """The chance of each class, calibrated as well as the model can. Without labels: the prior."""
    mixed: Floats = np.sum(
        [part.weight * _by_method(name, part, labels) for name, part in model.parts.items()], axis=0
    )
    return _calibrated(model.calibration or _experience(), mixed) if labels else mixed


def _by_method(method: str, part: Part, labels: Sequence[Label]) -> Floats:
    if not labels:
        return part.prior
    said = [label.said for label in labels]
    if method == MAJORITY:
        shares: Floats = np.bincount(said, minlength=part.prior.size) / len(said)
        return shares
    raw = posterior_of(said, [label.confusion[method] for label in labels], part.prior)
    found: Floats = discounted(method, raw[None], np.array([len(said)]))[0]
    return found


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
