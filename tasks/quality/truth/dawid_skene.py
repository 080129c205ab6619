"""Dawid and Skene's model: every annotator has a confusion matrix, estimated with the truth.

A. P. Dawid, A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm", Applied Statistics 28 (1979); with Dirichlet priors on the rows as in V. C. Raykar et
al., "Learning From Crowds", JMLR 11 (2010). Starts from the shares of votes; each round counts
everybody's confusions against the posterior and weighs the labels anew.
"""

from collections.abc import Callable

import numpy as np

from tasks.quality.labels import Floats, Ints, LabelTable
from tasks.quality.truth.estimate import (
    Estimate,
    clamp,
    class_shares,
    confusions,
    shares,
    weigh,
)

ROUNDS = 50
# The mean change of a task's chances, added up over the classes, below which nothing more is
# learned.
SETTLED = 1e-4
# Answers that everybody is given in advance: right ones, and wrong ones of each class.
RIGHT, WRONG = 2.0, 1.0
# Answers of the pool that everybody is given in advance, for each class.
POOL_WEIGHT = 6.0

Matrices = Callable[[Floats], tuple[Floats, Floats]]


def dawid_skene(table: LabelTable, known: Ints | None = None) -> Estimate:
    """Everybody starts with the same few answers (RIGHT on the diagonal, WRONG elsewhere).

    `known` holds a class index for each task (UNKNOWN where nobody told it); the posterior of a
    known task is certain, and its labels tell of the annotators.
    """
    return expectation_maximization(table, known, alike)


def pooled_dawid_skene(table: LabelTable, known: Ints | None = None) -> Estimate:
    """Everybody starts as the pool answers: who gave few labels is taken for one of many.

    The prior of each row is POOL_WEIGHT times the same row of the confusion matrix of all
    annotators together, counted anew in every round (empirical Bayes).
    """
    return expectation_maximization(table, known, pooled)


def alike(counts: Floats) -> tuple[Floats, Floats]:
    """Confusion matrices from counts [annotator, true, said], and a stranger's."""
    classes = counts.shape[1]
    start = np.full((classes, classes), WRONG) + (RIGHT - WRONG) * np.eye(classes)
    return _rows(counts + start), _rows(start)


def pooled(counts: Floats, weight: float = POOL_WEIGHT) -> tuple[Floats, Floats]:
    """The same with the pool's matrix as everybody's prior; a stranger is the pool."""
    _, start = alike(counts)
    pool = _rows(counts.sum(axis=0) + start)
    return _rows(counts + weight * pool), pool


def expectation_maximization(
    table: LabelTable,
    known: Ints | None,
    matrices: Matrices,
    *,
    rounds_at_most: int = ROUNDS,
    settled: float = SETTLED,
) -> Estimate:
    """Rounds of counting and weighing until the posterior settles, or so many of them.

    `matrices` makes everybody's confusion matrix, and a stranger's, of the counts [annotator,
    true, said].
    """
    incidence = table.incidence()
    posterior = shares(table, known)
    rounds = 0
    while True:
        prior = class_shares(posterior, table.task)
        confusion, stranger = matrices(confusions(incidence, posterior))
        refined = clamp(weigh(incidence, prior, confusion), known)
        change = float(np.abs(refined - posterior).sum(axis=1).mean()) if len(refined) else 0.0
        posterior, rounds = refined, rounds + 1
        if change < settled or rounds == rounds_at_most:
            return Estimate(posterior, prior, confusion, stranger, rounds)


def _rows(counts: Floats) -> Floats:
    """Each row as chances."""
    chances: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return chances
