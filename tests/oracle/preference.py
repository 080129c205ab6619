"""Strengths of items by choix and crowd-kit."""

import choix
import numpy as np
import pandas as pd
from crowdkit.aggregation import BradleyTerry, NoisyBradleyTerry

from tests.oracle.duels import DUELS, duels


def figures():
    """choix: log strengths of mean 0, with hardly a prior. crowd-kit stops before it is settled, and
    its noisy model is another one: of it only the orders are kept.
    """
    found = {}
    for name, (_, items, *_rest) in DUELS.items():
        rows = duels(name)
        wins = [(a, b) if won else (b, a) for _, a, b, won in rows]
        logs = choix.opt_pairwise(items, wins, alpha=1e-9, tol=1e-10)
        frame = pd.DataFrame(
            [(j, a, b, a if won else b) for j, a, b, won in rows],
            columns=["worker", "left", "right", "label"],
        )
        plain = BradleyTerry(n_iter=1000).fit_predict(frame)
        noisy = NoisyBradleyTerry(n_iter=1000).fit_predict(frame)
        found[name] = {
            "choix": np.round(logs - np.mean(logs), 6).tolist(),
            "order": [int(n) for n in plain.sort_values(ascending=False).index],
            "noisy_order": [int(n) for n in noisy.sort_values(ascending=False).index],
        }
    return found
