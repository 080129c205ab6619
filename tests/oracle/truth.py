"""crowd-kit's chances for the made-up crowds: majority, Dawid-Skene, one coin."""

import pandas as pd
from crowdkit.aggregation import DawidSkene, MajorityVote, OneCoinDawidSkene

from tests.oracle.crowds import SHAPES, crowd


def figures():
    """Of each crowd and method the chances (tasks x classes, 4 digits) and the accuracy."""
    methods = {
        "majority": MajorityVote(),
        "dawid_skene": DawidSkene(n_iter=200, tol=1e-9),
        "one_coin": OneCoinDawidSkene(n_iter=200, tol=1e-9),
    }
    return {
        name: {method: measured(model, *crowd(name)) for method, model in methods.items()}
        for name in SHAPES
    }


def measured(model, triples, truth):
    frame = pd.DataFrame(triples, columns=["task", "worker", "label"])
    chances = model.fit_predict_proba(frame).sort_index().sort_index(axis=1).fillna(0.0)
    best = chances.to_numpy().argmax(axis=1)
    return {
        "chances": chances.round(4).to_numpy().tolist(),
        "accuracy": round(float((best == truth).mean()), 6),
    }
