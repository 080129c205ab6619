"""Made-up ratings for coefficients of agreement: the crowds, dense columns of them, thinned ones."""

import numpy as np

from tests.oracle.crowds import SHAPES, crowd

DENSE = {"three": ("four", 3), "pair": ("skewed", 2)}
THINNED = {"thin": "four", "thinner": "skewed"}
NAMES = (*SHAPES, *DENSE, *THINNED)


def ratings(name):
    """An array tasks x annotators; a missing answer is not a number."""
    base, columns = DENSE.get(name, (THINNED.get(name, name), None))
    triples, truth = crowd(base)
    table = np.full((len(truth), 1 + max(who for _, who, _ in triples)), np.nan)
    for task, who, label in triples:
        table[task, who] = label
    if columns:
        # each task's first answers, whoever gave them
        return np.array([row[~np.isnan(row)][:columns] for row in table])
    if name in THINNED:
        tasks, annotators = np.indices(table.shape)
        table[(tasks * annotators + tasks) % 7 < 4] = np.nan
    return table


def triples(table):
    """(task, annotator, label) of such an array, as whole numbers."""
    return [(int(t), int(a), int(table[t, a])) for t, a in np.argwhere(~np.isnan(table))]
