"""Which model suits these labels: asked of the gold, and answered by weights, not by one winner.

No method wins everywhere: one coin is best where annotators have few labels, Dawid and Skene's
where they confuse classes in ways of their own. Each method gets a weight that grows with its right
answers on gold, exp(RATE * right): the exponential weights of N. Littlestone, M. Warmuth ("The
Weighted Majority Algorithm", 1994), which stay near equal on little gold and near one method on
much. Where the methods differ about a task, the mixture is rightly less sure of it. A weight below
NEGLIGIBLE is dropped: what it would add is not worth keeping a model for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tasks.quality.labels import UNKNOWN, Floats, Ints, LabelTable
from tasks.quality.scores import hits
from tasks.quality.truth.dawid_skene import dawid_skene, pooled_dawid_skene
from tasks.quality.truth.discount import discount
from tasks.quality.truth.estimate import Estimate
from tasks.quality.truth.one_coin import one_coin
from tasks.quality.truth.voting import majority

Method = Callable[[LabelTable, Ints | None], Estimate]

# The first is what is used without gold, and where gold finds two alike.
METHODS: dict[str, Method] = {
    "pooled_dawid_skene": pooled_dawid_skene,
    "dawid_skene": dawid_skene,
    "one_coin": one_coin,
    "majority": majority,
}
RATE = 0.5
NEGLIGIBLE = 0.01
MAJORITY = "majority"


@dataclass(frozen=True, slots=True)
class Choice:
    """`weights` by method, adding up to 1, some of them 0; `method` is the heaviest (the first of
    equals)."""

    weights: Mapping[str, float]

    @property
    def method(self) -> str:
        """The method that gold finds best."""
        return max(self.weights, key=lambda name: self.weights[name])

    @property
    def kept(self) -> dict[str, float]:
        """The weights above 0."""
        return {name: weight for name, weight in self.weights.items() if weight}

    def mix(self, posteriors: Mapping[str, Floats]) -> Floats:
        """The weighted mean of the chances of the methods that have a weight."""
        parts = [weight * posteriors[name] for name, weight in self.kept.items()]
        mixed: Floats = np.sum(parts, axis=0)
        return mixed


def choose(posteriors: Mapping[str, Floats], gold: Ints) -> Choice:
    """Weights for methods by their chances for tasks of known class.

    `gold` holds a class index for each task, UNKNOWN elsewhere. The chances must come from
    estimates that were not told these classes. Without gold all the weight is the first method's.
    """
    if not (gold != UNKNOWN).any():
        return Choice({name: float(not place) for place, name in enumerate(posteriors)})
    right = np.array([hits(posterior, gold).sum() for posterior in posteriors.values()])
    raised = np.exp(RATE * (right - right.max()))
    weights = raised / raised.sum()
    weights[weights < NEGLIGIBLE] = 0.0
    weights /= weights.sum()
    return Choice(dict(zip(posteriors, weights.tolist(), strict=True)))


def beliefs(table: LabelTable, known: Ints | None = None) -> dict[str, Floats]:
    """The chances of every method, discounted for what labels of one task have in common."""
    given = np.bincount(table.task, minlength=len(table.tasks))
    return {
        name: discounted(name, method(table, known).posterior, given)
        for name, method in METHODS.items()
    }


def discounted(method: str, posterior: Floats, given: Ints) -> Floats:
    """A method's chances, discounted by how many labels were given to each task; shares of votes
    are no product of evidence and stay as they are.
    """
    return posterior if method == MAJORITY else discount(posterior, given)
