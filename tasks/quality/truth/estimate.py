"""What every method of truth inference returns, and the two steps that they share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from tasks.quality.labels import UNKNOWN, Floats, Ints, LabelTable

# No chance is ever 0 or 1: the logarithm of it would silence every other label.
LEAST = 1e-9
# What each class is given in advance when the shares are estimated, in labels.
CLASS_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Chances are from 0 to 1, and as raw as the method gives them: calibrate before you act.

    `posterior[t, k]`: the chance that task t is of class k. `prior[k]`: the share of class k.
    `confusion[a, k, l]`: how often annotator a says l when the truth is k. `stranger[k, l]`: the
    same for somebody who has given no label yet. `rounds`: how often the estimate was refined.
    """

    posterior: Floats
    prior: Floats
    confusion: Floats
    stranger: Floats
    rounds: int


def clamp(posterior: Floats, known: Ints | None) -> Floats:
    """Tasks whose class is known (a class index, else UNKNOWN) are certain, in place."""
    if known is not None:
        told = np.flatnonzero(known != UNKNOWN)
        posterior[told] = 0.0
        posterior[told, known[told]] = 1.0
    return posterior


def shares(table: LabelTable, known: Ints | None = None) -> Floats:
    """Each task's share of votes by class; without votes, the shares of all labels together."""
    votes = table.votes()
    given = votes.sum(axis=1, keepdims=True)
    everywhere = (votes.sum(axis=0) + 1) / (table.size + votes.shape[1])
    return clamp(np.where(given > 0, votes / np.maximum(given, 1), everywhere), known)


def class_shares(posterior: Floats, asked: Ints, known: Ints | None = None) -> Floats:
    """The shares of the classes over the labels given, with a little of each class.

    `asked` holds the task of each label. Where the classes of some tasks are known, what is merely
    believed of the others counts at most as much as they do: estimated freely from few labels a
    task, the shares run away to one class.
    """
    given = np.bincount(asked, minlength=len(posterior)).astype(np.float64)
    if known is not None:
        told = known != UNKNOWN
        sure, believed = given[told].sum(), given[~told].sum()
        if 0 < sure < believed:
            given[~told] *= sure / believed
    counts = given @ posterior + CLASS_WEIGHT
    total: Floats = counts / counts.sum()
    return total


def softmax(logits: Floats) -> Floats:
    """Rows of sums of logarithms as chances that add up to 1."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return chances


def confusions(incidence: sparse.csr_matrix, posterior: Floats) -> Floats:
    """How often, in expectation, each annotator said l of tasks of class k: [annotator, k, l]."""
    classes = posterior.shape[1]
    counts = np.asarray(incidence.T @ posterior)  # (annotators * said) x true
    return counts.reshape(-1, classes, classes).transpose(0, 2, 1)


def weigh(incidence: sparse.csr_matrix, prior: Floats, confusion: Floats) -> Floats:
    """The posterior of every task by Bayes' rule, labels taken as independent given the class."""
    classes = prior.size
    says = np.log(np.maximum(confusion, LEAST)).transpose(0, 2, 1).reshape(-1, classes)
    return softmax(np.log(np.maximum(prior, LEAST)) + np.asarray(incidence @ says))


def posterior_of(labels: Sequence[int], confusion: Sequence[Floats], prior: Floats) -> Floats:
    """The chance of each class for one task, from parameters that were estimated before.

    `confusion[i]` is the matrix (true x said) of whoever gave `labels[i]`; take the estimate's
    `stranger` for somebody it does not know. Without labels it is the prior. Raises ValueError for
    a label outside the classes or for one without a matrix.
    """
    logits = np.log(np.maximum(prior, LEAST))
    for label, matrix in zip(labels, confusion, strict=True):
        if not 0 <= label < prior.size:
            raise ValueError(f"{label} is none of the classes.")
        logits = logits + np.log(np.maximum(matrix[:, label], LEAST))
    return softmax(logits)
