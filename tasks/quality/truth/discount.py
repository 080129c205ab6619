"""Labels of one task are not independent: what many of them say together counts less than the sum.

What misleads one annotator (a hard case, a bad picture, an odd instruction) misleads the next as
well. Bayes' rule with independent labels is therefore too sure: the more labels, and the stronger
the evidence, the surer. On twelve public sets with 3 to 39 labels a task, no single temperature
makes the chances of two of them true (it is 2 here and 10 there), but one rule brings all of them
near: the log-odds of n labels are divided by n ** POWER, as if n labels were about their root, and
what lies beyond TAIL grows with the logarithm only, as in a distribution with heavy tails. The
first half is the design effect of cluster samples (L. Kish, "Survey Sampling", 1965) with a power
in its place; both figures are rounded from the sets' best.
"""

import numpy as np

from tasks.quality.labels import Floats, Ints

POWER = 0.55
TAIL = 6.0
# Beyond this the logarithm of a chance says nothing more.
FAINTEST = 1e-300


def discount(posterior: Floats, given: Ints) -> Floats:
    """Chances as sure as experience allows: tasks x classes, as `posterior`.

    `given` is how many labels each task has; one label (or none) shares nothing with others and
    leaves a row as it is. The order of the classes within a task stays the same.
    """
    logits = np.log(np.maximum(posterior, FAINTEST))
    behind = logits.max(axis=1, keepdims=True) - logits
    behind /= np.maximum(given, 1)[:, None] ** POWER
    several = (given > 1)[:, None]
    raised = np.where(several, (1 + behind / TAIL) ** -TAIL, np.exp(-behind))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances
