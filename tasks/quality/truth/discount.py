"""Labels of one task are not independent: what many of them say together counts less than the sum.

What misleads one annotator (a hard case, a bad picture, an odd instruction) misleads the next as
well. Bayes' rule with independent labels is therefore too sure, and the more labels, the surer. On
twelve public sets with 3 to 39 labels a task, the temperature that makes its chances true grows
with the number of labels n about as n ** 0.65 (bluebird, music, rte, face and others: between
0.7 and 2 times that), while no single temperature fits two of them. The same idea as the design
effect of cluster samples (L. Kish, "Survey Sampling", 1965), with a power in its place.
"""

import numpy as np

from tasks.quality.labels import Floats, Ints

POWER = 0.65
# Beyond this the logarithm of a chance says nothing more.
FAINTEST = 1e-12


def discount(posterior: Floats, given: Ints, power: float = POWER) -> Floats:
    """The chances with the evidence divided by `given ** power`: as sure as experience allows.

    `posterior` is tasks x classes, `given` how many labels each task has; one label (or none)
    leaves a row as it is. The order of the classes within a task stays the same.
    """
    temperature = np.maximum(given, 1).astype(np.float64) ** power
    logits = np.log(np.maximum(posterior, FAINTEST)) / temperature[:, None]
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances
