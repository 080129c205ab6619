"""The one-coin model: an annotator is right with one chance, and errs to each class alike.

Y. Zhang et al., "Spectral Methods meet EM: A Provably Optimal Algorithm for Crowdsourcing", JMLR 17
(2016), section 5; here with a Beta prior at the mean of the pool. One figure for each annotator is
all that a few labels can tell.
"""

import numpy as np

from tasks.quality.labels import Floats, Ints, LabelTable
from tasks.quality.truth.dawid_skene import expectation_maximization
from tasks.quality.truth.estimate import Estimate, class_shares, shares

# The answers of the pool that everybody is given in advance.
COIN_WEIGHT = 4.0


def one_coin(table: LabelTable, known: Ints | None = None) -> Estimate:
    """The confusion matrices hold the coin on the diagonal and share the rest out evenly.

    The shares of the classes are those of the votes: estimated with one coin each, they run away to
    one class where annotators confuse some classes oftener than others.
    """
    prior = class_shares(shares(table, known), table.task, known)
    return expectation_maximization(table, known, coins, prior=prior)


def coins(counts: Floats) -> tuple[Floats, Floats]:
    """Coins as matrices from counts [annotator, true, said], and a stranger's."""
    classes = counts.shape[1]
    right = np.trace(counts, axis1=1, axis2=2)
    given = counts.sum(axis=(1, 2))
    pool = (right.sum() + 1) / (given.sum() + 2)
    coin = (right + COIN_WEIGHT * pool) / (given + COIN_WEIGHT)
    return _matrix(coin, classes), _matrix(np.array([pool]), classes)[0]


def _matrix(coin: Floats, classes: int) -> Floats:
    wrong = (1 - coin) / (classes - 1)
    same = np.eye(classes)
    matrix: Floats = coin[:, None, None] * same + wrong[:, None, None] * (1 - same)
    return matrix
