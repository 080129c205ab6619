"""The made-up crowds as tables."""

import numpy as np

from tasks.quality.labels import label_table
from tests.oracle.crowds import SHAPES, crowd


def made(name):
    """A table of one of the made-up crowds, and each task's class."""
    triples, truth = crowd(name)
    table = label_table(triples, classes=range(SHAPES[name][3]), tasks=range(len(truth)))
    return table, np.array(truth)
