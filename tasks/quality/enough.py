"""Are these labels enough? The plan of a project, and the step after each answer.

For one coin an annotator, `evidence` and `chances` give the chance of each class: each annotator
is right with the mean of their skill's Beta distribution (for one answer the mean is all that
counts of it), and when wrong, wrong with every other class alike. The chances are as good as the
skills they come from. With confusion matrices, `truth.estimate.posterior_of` gives them.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Nobody is known to be always right, nor always wrong.
SURE = 1e-6


def evidence(skill: float, label: int, classes: int) -> Floats:
    """What one label says: the logarithm of its chance under each class. Add them up."""
    right = min(max(skill, SURE), 1 - SURE)
    says = np.full(classes, np.log((1 - right) / (classes - 1)))
    says[label] = np.log(right)
    return says


def chances(total: Floats) -> Floats:
    """The chance of each class, from the sum of the evidence; all classes are alike before it."""
    raised = np.exp(total - total.max())
    posterior: Floats = raised / raised.sum()
    return posterior


def enough(posterior: Floats, threshold: float) -> bool:
    """Tell whether the likeliest class is likely enough to ask nobody else."""
    return bool(posterior.max() >= threshold)


class Next(StrEnum):
    """What happens to a task after an answer."""

    ASK = "ask"
    CONCLUDE = "conclude"
    ADJUDICATE = "adjudicate"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many answers a task of a project gets: from `least` to `most`, none beyond the first that
    makes a confidence of `target` (0 to 1). Raises ValueError for what no task can meet.

    The defaults are what the benchmark replays on every data set: three answers each cost a quarter
    more and are right less often (docs/benchmarks.md).
    """

    target: float = 0.78
    least: int = 1
    most: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ValueError("The target confidence is between 0 and 1.")
        if not 1 <= self.least <= self.most:
            raise ValueError(
                "A task needs at least one answer, and the most is not below the least."
            )


def next_step(confidence: float, given: int, plan: Plan) -> Next:
    """Ask one more, conclude, or hand the task to an adjudicator since `most` answers differ.

    `confidence` is the greatest chance of the discounted posterior (`truth.discount`) after
    calibration, or, before there is gold, after `calibration.uncalibrated`; `given` counts answers.
    """
    if given >= plan.least and enough(np.array([confidence]), plan.target):
        return Next.CONCLUDE
    return Next.ASK if given < plan.most else Next.ADJUDICATE
