"""Made-up crowds, the same from the same seed in every environment: tests and oracle share them."""

import numpy as np

# name: seed, tasks, annotators, classes, labels a task, weight of right answers, spammers
SHAPES = {
    "two": (1, 150, 20, 2, 5, 4.0, 3),
    "four": (2, 150, 20, 4, 6, 5.0, 2),
    "seven": (3, 150, 12, 7, 6, 6.0, 0),
    "skewed": (4, 150, 15, 3, 4, 5.0, 2),
}


def crowd(name):
    """Triples (task, annotator, label) and each task's truth, as whole numbers.

    Everybody has a confusion matrix of their own; spammers say one class whatever they see. Only
    `random()` of the generator is used: its stream stays the same between versions of numpy.
    """
    seed, tasks, annotators, classes, overlap, weight, spammers = SHAPES[name]
    rng = np.random.default_rng(seed)
    share = np.ones(classes) if name != "skewed" else 0.5 ** np.arange(classes) ** 2
    truth = drawn(rng, np.tile(share / share.sum(), (tasks, 1)))
    matrix = rng.random((annotators, classes, classes)) + weight * np.eye(classes) * rng.random(
        (annotators, 1, 1)
    )
    for one in range(spammers):
        matrix[one] = 0.02
        matrix[one, :, one % classes] = 1
    matrix /= matrix.sum(axis=2, keepdims=True)
    triples = []
    for task in range(tasks):
        asked = np.argsort(rng.random(annotators))[:overlap]
        said = drawn(rng, matrix[asked, truth[task]])
        triples += [(task, int(one), int(label)) for one, label in zip(asked, said, strict=True)]
    return triples, truth.tolist()


def drawn(rng, chances):
    """One class for each row of chances."""
    return (rng.random((len(chances), 1)) > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
