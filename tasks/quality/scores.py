"""How often an estimate is right where the truth is known."""

import numpy as np

from tasks.quality.labels import UNKNOWN, Floats, Ints

# Chances nearer than this are a tie.
TIE = 1e-9


def hits(posterior: Floats, truth: Ints) -> Floats:
    """For each task of known class: 1 right, 0 wrong, and of a tie the part that is right.

    `truth` holds a class index for each row of `posterior`, UNKNOWN where there is none: these rows
    are left out.
    """
    told = np.flatnonzero(truth != UNKNOWN)
    best = posterior[told] >= posterior[told].max(axis=1, keepdims=True) - TIE
    parts: Floats = best[np.arange(told.size), truth[told]] / best.sum(axis=1)
    return parts


def accuracy(posterior: Floats, truth: Ints) -> float:
    """The mean of the hits; not a number where no truth is known."""
    parts = hits(posterior, truth)
    return float(parts.mean()) if parts.size else float("nan")
