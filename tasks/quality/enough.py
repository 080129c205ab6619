"""Are these labels enough? The chance of each class given what is known of those who answered.

Each annotator is right with the mean of their skill's Beta distribution (for one answer the mean is
all that counts of it), and when wrong, wrong with every other class alike: the one-coin model. The
chances are as good as the skills they come from.
"""

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
