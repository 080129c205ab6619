"""Made-up preferences of pairs: judges of items, some of them careless."""

import numpy as np

# name: seed, items, judges, comparisons, careless judges
DUELS = {"clean": (5, 6, 4, 400, 0), "noisy": (6, 5, 8, 800, 3)}


def duels(name):
    """(judge, first, second, whether the first won); only `random()` of the generator is used."""
    seed, items, judges, count, careless = DUELS[name]
    rng = np.random.default_rng(seed)
    strength = np.linspace(-1.2, 1.2, items)
    rows = []
    for _ in range(count):
        judge = int(rng.random() * judges)
        first = int(rng.random() * items)
        second = (first + 1 + int(rng.random() * (items - 1))) % items
        chance = 1 / (1 + np.exp(strength[second] - strength[first]))
        chance = 0.9 if judge < careless else chance  # says nearly always the first
        rows.append((judge, first, second, bool(rng.random() < chance)))
    return rows
