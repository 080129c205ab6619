"""Rankings of the same items become one: the order with the fewest pairs turned round.

Kemeny's order (1959, Daedalus 88, 577-591; Young and Levenglick 1978) disagrees with the rankings
on as few pairs as any. Up to EXACT items it is found for certain, by the best order of every set of
items (Held and Karp 1962); beyond, from Borda's count (1781) by moving one item at a time while
that helps. How far the rankings agree is Kendall's W (Kendall and Babington Smith 1939, Annals of
Mathematical Statistics 10), and the share is that of pairs ordered as in the result.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from tasks.quality.labels import Floats

Item = TypeVar("Item", bound=Hashable)

EXACT = 8


@dataclass(frozen=True, slots=True)
class Ranking(Generic[Item]):
    """`order` from first to last; `share` of all pairs in all rankings are ordered so, `w` is
    Kendall's coefficient of concordance (1 all alike, 0 as by chance; None for one ranking).
    `by_most`: more than half of the rankings put each item before each that comes later.
    """

    order: tuple[Item, ...]
    share: float
    w: float | None
    by_most: bool = True


def aggregate(rankings: Sequence[Sequence[Item]]) -> Ranking[Item]:
    """One ranking of all. Each holds the same items, each once, the best first.

    Among equally good orders the one nearest to Borda's count is taken where all are searched, then
    the first ranking's order. Refuses no ranking, and rankings of different items.
    """
    if not rankings:
        raise ValueError("There is no ranking.")
    items = tuple(rankings[0])
    if len(set(items)) < len(items) or any(
        len(one) != len(items) or set(one) != set(items) for one in rankings
    ):
        raise ValueError("Each ranking holds the same items, each once.")
    places = np.array([[list(one).index(item) for item in items] for one in rankings], dtype=float)
    before = (places[:, :, None] < places[:, None, :]).sum(axis=0).astype(float)
    borda = np.argsort(places.sum(axis=0), kind="stable").tolist()
    numbers = _exact(before, borda) if len(items) <= EXACT else _searched(before, borda)
    pairs = len(rankings) * len(items) * (len(items) - 1) / 2
    share = _kept(before, numbers) / pairs if pairs else 1.0
    least = before[np.ix_(numbers, numbers)][np.triu_indices(len(numbers), 1)].min(initial=np.inf)
    return Ranking(
        tuple(items[number] for number in numbers),
        share,
        _concordance(places),
        by_most=bool(2 * least > len(rankings)),
    )


def borda(rankings: Sequence[Sequence[Item]]) -> dict[Item, float]:
    """The mean number of items that each item is ranked above."""
    points = dict.fromkeys(rankings[0], 0.0) if rankings else {}
    for one in rankings:
        for place, item in enumerate(one):
            points[item] += (len(one) - 1 - place) / len(rankings)
    return points


def _kept(before: Floats, order: Sequence[int]) -> float:
    return float(np.triu(before[np.ix_(order, order)], 1).sum())


def _exact(before: Floats, borda_order: list[int]) -> list[int]:
    """The best order of every set of items, small sets first; a set is a number's bits. Items are
    taken in Borda's order, so that of equally good orders the one nearest to it is met first."""
    turned = before[np.ix_(borda_order, borda_order)]
    count = len(borda_order)
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for chosen in range(1, 1 << count):
        inside = [item for item in range(count) if chosen >> item & 1]
        options = []
        for last in inside:
            kept, order = best[chosen ^ (1 << last)]
            options.append((kept + sum(turned[item, last] for item in order), (*order, last)))
        best.append(min(options, key=lambda option: (-option[0], option[1])))
    return [borda_order[place] for place in best[-1][1]]


def _searched(before: Floats, order: list[int]) -> list[int]:
    """Move one item to the place where most pairs are kept, until no move helps."""
    gain = before - before.T
    moved = True
    while moved:
        moved = False
        for item in tuple(order):
            others = [one for one in order if one != item]
            # kept pairs of the item at place p, less those at place 0
            steps = np.concatenate([[0.0], np.cumsum(gain[others, item])])
            now, best = order.index(item), int(steps.argmax())
            if steps[best] > steps[now]:
                order = [*others[:best], item, *others[best:]]
                moved = True
    return order


def _concordance(places: Floats) -> float | None:
    judges, count = places.shape
    if judges <= 1 or count <= 1:
        return None
    totals = places.sum(axis=0)
    spread = float(((totals - totals.mean()) ** 2).sum())
    return float(12 * spread / (judges**2 * (count**3 - count)))
