"""Dawid and Skene's model: every annotator has a confusion matrix, estimated with the truth.

A. P. Dawid, A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm", Applied Statistics 28 (1979); with Dirichlet priors on the rows as in V. C. Raykar et
al., "Learning From Crowds", JMLR 11 (2010). Starts from the shares of votes; each round counts
everybody's confusions against the posterior and weighs the labels anew.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit

from tasks.quality.labels import Floats, Ints, LabelTable
from tasks.quality.truth.estimate import (
    LEAST,
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
# Answers that everybody is given in advance for each true class: right ones, and wrong ones of all
# other classes together.
RIGHT, WRONG = 2.0, 0.5
# How many answers everybody is given in advance that are as right as the pool's, and, for each true
# class, how many that are spread as the pool's.
SKILL_WEIGHT, POOL_WEIGHT = 8.0, 12.0

Matrices = Callable[[Floats], tuple[Floats, Floats]]


def dawid_skene(table: LabelTable, known: Ints | None = None) -> Estimate:
    """Everybody starts with the same few answers (RIGHT on the diagonal, WRONG beside it).

    `known` holds a class index for each task (UNKNOWN where nobody told it); the posterior of a
    known task is certain, and its labels tell of the annotators.
    """
    return expectation_maximization(table, known, alike)


def pooled_dawid_skene(table: LabelTable, known: Ints | None = None) -> Estimate:
    """Everybody starts as the pool answers: who gave few labels is taken for one of many.

    Two steps of empirical Bayes in every round. All annotators together make the pool's matrix; it
    is moved for each of them by how much oftener (or seldomer) they are right than the pool would
    be on their tasks, in log-odds, alike for all classes. Each row starts with POOL_WEIGHT answers
    of the matrix so moved.
    """
    return expectation_maximization(table, known, pooled)


def alike(counts: Floats) -> tuple[Floats, Floats]:
    """Confusion matrices from counts [annotator, true, said], and a stranger's."""
    start = _start(counts.shape[1])
    return _rows(counts + start), _rows(start)


def pooled(counts: Floats) -> tuple[Floats, Floats]:
    """The same with the pool's matrix, moved by skill, as the prior; a stranger is the pool."""
    pool = _rows(counts.sum(axis=0) + _start(counts.shape[1]))
    return _rows(counts + POOL_WEIGHT * _moved(pool, counts)), pool


def _start(classes: int) -> Floats:
    wrong = WRONG / (classes - 1)
    start: Floats = np.full((classes, classes), wrong) + (RIGHT - wrong) * np.eye(classes)
    return start


def _moved(pool: Floats, counts: Floats) -> Floats:
    """The pool's matrix for each annotator, its diagonal moved to their skill in log-odds."""
    classes = len(pool)
    same = np.eye(classes, dtype=np.bool_)
    diagonal = np.clip(np.diag(pool), LEAST, 1 - LEAST)
    given = counts.sum(axis=2)
    usual = SKILL_WEIGHT * diagonal.mean()
    weight = given.sum(axis=1) + SKILL_WEIGHT
    skill = (np.trace(counts, axis1=1, axis2=2) + usual) / weight
    expected = (given @ diagonal + usual) / weight
    move = logit(np.clip(skill, LEAST, 1 - LEAST)) - logit(np.clip(expected, LEAST, 1 - LEAST))
    right = expit(logit(diagonal) + move[:, None])
    beside = np.where(same, 0.0, pool)
    beside /= beside.sum(axis=1, keepdims=True)
    moved: Floats = np.where(same, right[:, :, None], (1 - right)[:, :, None] * beside)
    return moved


def expectation_maximization(
    table: LabelTable,
    known: Ints | None,
    matrices: Matrices,
    *,
    prior: Floats | None = None,
    rounds_at_most: int = ROUNDS,
    settled: float = SETTLED,
) -> Estimate:
    """Rounds of counting and weighing until the posterior settles, or so many of them.

    `matrices` makes everybody's confusion matrix, and a stranger's, of the counts [annotator,
    true, said]. The shares of the classes are estimated too unless a `prior` fixes them.
    """
    incidence = table.incidence()
    posterior = shares(table, known)
    rounds = 0
    while True:
        shared = class_shares(posterior, table.task, known) if prior is None else prior
        confusion, stranger = matrices(confusions(incidence, posterior))
        refined = clamp(weigh(incidence, shared, confusion), known)
        change = float(np.abs(refined - posterior).sum(axis=1).mean()) if len(refined) else 0.0
        posterior, rounds = refined, rounds + 1
        if change < settled or rounds == rounds_at_most:
            return Estimate(posterior, shared, confusion, stranger, rounds)


def _rows(counts: Floats) -> Floats:
    """Each row as chances."""
    chances: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return chances
