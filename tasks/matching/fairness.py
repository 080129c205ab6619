"""Fairness of what was handed out, as plain arithmetic (docs/matching.md)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# A group of fewer experts could be told apart: clients do not see it.
LEAST_SHOWN = 5
MINUTES = 60


def gini(amounts: Sequence[float]) -> float:
    """How unequal amounts (none negative) are: 0 when all are alike, (n - 1) / n when one has all.

    G = sum((2 i - n - 1) x_i) / (n sum(x)) with x ascending and i from 1: half the mean absolute
    difference over the mean (Gini 1912), in the form of Dixon et al., "Bootstrapping the Gini
    coefficient of inequality", Ecology 68 (1987) 1548, without its correction for small samples:
    this is everybody, no sample. 0 for no amounts and for nothing but zeros.
    """
    total, n = sum(amounts), len(amounts)
    if not total:
        return 0.0
    ranked = enumerate(sorted(amounts), start=1)
    return sum((2 * place - n - 1) * amount for place, amount in ranked) / (n * total)


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least `percent` of all do not exceed (nearest rank: Hyndman and
    Fan 1996, type 1); None of nothing.
    """
    if not values:
        return None
    place = max(math.ceil(len(values) * percent / 100), 1)
    return sorted(values)[place - 1]


@dataclass(frozen=True, slots=True)
class Shares:
    """How the claims of a period were shared among experts; a share is a part of 1."""

    experts: int
    claims: int
    largest: int
    gini: float

    @property
    def largest_share(self) -> float:
        """What the one with most claims had."""
        return self.largest / self.claims if self.claims else 0.0

    @property
    def mean_share(self) -> float:
        """What each would have if all had the same."""
        return 1 / self.experts if self.experts else 0.0

    @property
    def largest_to_mean(self) -> float:
        """How often the mean goes into the largest; the cap of a project keeps it at 3."""
        return self.largest * self.experts / self.claims if self.claims else 0.0


def shares(claims: Sequence[int]) -> Shares:
    """From the number of claims of each expert, zeros included."""
    return Shares(len(claims), sum(claims), max(claims, default=0), gini(claims))


@dataclass(frozen=True, slots=True)
class Group:
    """Experts of one country, or one domain: how many, what they claimed, and what it paid.

    `paid` holds, for each currency, the sum of the quoted prices in minor units and the sum of the
    minutes that the projects expect.
    """

    name: str
    experts: int
    claims: int
    paid: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def claims_each(self) -> float:
        """Claims for each expert."""
        return self.claims / self.experts if self.experts else 0.0

    @property
    def hourly(self) -> dict[str, int]:
        """Pay for an expected hour in minor units, by currency, rounded down."""
        return {
            currency: price * MINUTES // minutes
            for currency, (price, minutes) in sorted(self.paid.items())
            if minutes
        }


def shown(groups: Iterable[Group], least: int = LEAST_SHOWN) -> list[Group]:
    """The groups that may be shown outside: those of fewer than `least` experts become one without
    a name, which is left out too while it is that small.
    """
    kept: list[Group] = []
    small: list[Group] = []
    for group in groups:
        (kept if group.experts >= least else small).append(group)
    others = _together(small)
    return [*kept, others] if others.experts >= least else kept


def _together(groups: Sequence[Group]) -> Group:
    paid: dict[str, tuple[int, int]] = {}
    for group in groups:
        for currency, (price, minutes) in group.paid.items():
            before = paid.get(currency, (0, 0))
            paid[currency] = (before[0] + price, before[1] + minutes)
    return Group("", sum(g.experts for g in groups), sum(g.claims for g in groups), paid)
