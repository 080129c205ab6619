"""A skill: what answers tell of an accuracy, as Beta(alpha, beta), and how each one moves it.

Right answers add to alpha, wrong ones to beta (the conjugate posterior of a binomial share: Gelman
et al., Bayesian Data Analysis, 3rd ed., section 2.4). Who is new starts where the pool stands. A
decision looks at the 90 % interval, never at the mean: nine of ten right may be luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

LOWER, UPPER = 0.05, 0.95

GOLD = 1.0
"""The answer was known before: each gold answer counts whole."""
ADJUDICATION = 1.0
"""An adjudicator read all answers and gave a reason: as good as gold."""
REVIEW = 0.5
"""A final verdict of one reviewer, who errs as well: half as much."""
CONSENSUS = 0.25
"""Agreement with a concluded result: the others may be wrong together, and the annotator's own
answer took part in it. A quarter, so that a crowd cannot teach itself that it is right."""

PRIOR_STRENGTH = 5.0
"""How many answers the pool's mean counts for where nothing else is known: a short quiz outweighs
it. The spread of twelve real crowds suggests 1 to 30, half of them under 10."""
STRENGTHS = (2.0, 20.0)
"""Bounds on the strength that a pool's own spread suggests."""
MEANS = (0.05, 0.95)
POOL_LEAST = 10
"""With fewer annotators their spread says nothing, and the strength is PRIOR_STRENGTH."""
ROW_LEAST = 50
"""Gold answers of one class before an annotator's accuracy on that class is shown by itself."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The 5 % and 95 % quantiles of an accuracy, each from 0 to 1."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Beta:
    """What is believed of an accuracy. Both parameters are finite and above 0."""

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        """Refuse what is no Beta distribution."""
        if not (0 < self.alpha < float("inf") and 0 < self.beta < float("inf")):
            raise ValueError("The parameters of a Beta distribution are above 0.")

    @property
    def mean(self) -> float:
        """The expected accuracy."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def strength(self) -> float:
        """How many answers the belief is worth."""
        return self.alpha + self.beta

    @property
    def interval(self) -> Interval:
        """Its 90 % credible interval."""
        return interval(self.alpha, self.beta)


UNKNOWN = Beta(1.0, 1.0)
"""Where nobody has answered yet, every accuracy is as likely as any other."""


class Standing(StrEnum):
    """How an accuracy stands to a bar, as far as it is known."""

    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


def interval(alpha: float, beta: float) -> Interval:
    """The quantiles of Beta(`alpha`, `beta`), both above 0.

    The inverse of the regularised incomplete beta function is what `scipy.stats.beta.ppf` calls;
    taken from `scipy.special`, it does not cost each process the import of all of `scipy.stats`.
    """
    if not (alpha > 0 and beta > 0):
        raise ValueError("The parameters of a Beta distribution are above 0.")
    lower, upper = (float(betaincinv(alpha, beta, q)) for q in (LOWER, UPPER))
    return Interval(max(0.0, lower), min(1.0, upper))


def learn(before: Beta, right: float, weight: float) -> Beta:
    """The belief after one more answer: `right` is 1 if it was right, 0 if wrong, between for a
    share of points; `weight` is GOLD, ADJUDICATION, REVIEW or CONSENSUS. Order does not matter,
    and a negative weight takes an earlier answer back (as after an appeal); refuses to take back
    more than was there.
    """
    if not 0 <= right <= 1:
        raise ValueError("An answer is right by 0 to 1.")
    return Beta(before.alpha + weight * right, before.beta + weight * (1 - right))


def standing(belief: Beta, bar: float) -> Standing:
    """ABOVE if the lower bound is at or above `bar`, BELOW if the upper is under it, else UNKNOWN:
    the true accuracy is on the named side with a chance of at least 95 %.
    """
    found = belief.interval
    if found.lower >= bar:
        return Standing.ABOVE
    return Standing.BELOW if found.upper < bar else Standing.UNKNOWN


def answers_needed(bar: float, misses: int, prior: Beta = UNKNOWN) -> int:
    """How many gold answers put the lower bound above `bar` (below 1) with `misses` wrong ones."""
    if not (0 <= bar < 1 and misses >= 0):
        raise ValueError("A bar is from 0 to below 1, misses are not negative.")

    def shown(answers: int) -> bool:
        belief = Beta(prior.alpha + answers - misses, prior.beta + misses)
        return belief.interval.lower > bar

    most = max(misses, 1)
    while not shown(most):
        most *= 2
    least = misses
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if shown(middle) else (middle + 1, most)
    return least


def pool_prior(records: Sequence[tuple[float, float]]) -> Beta:
    """Where a newcomer starts: the pool's mean, worth PRIOR_STRENGTH answers or as many as the
    spread of the pool tells.

    `records` holds (right, answered) per annotator, answered above 0. The spread is that of the
    beta-binomial by moments (Kleinman 1973, JASA 68, 46-54, weights n): the more alike annotators
    are beyond chance, the more the mean says of a newcomer. Mean and strength stay within MEANS and
    STRENGTHS; an empty pool gives UNKNOWN.
    """
    if not records:
        return UNKNOWN
    right, answered = np.asarray(records, dtype=np.float64).T
    if (answered <= 0).any() or (right < 0).any() or (right > answered).any():
        raise ValueError("Right answers are from 0 to the number answered, which is above 0.")
    mean = float(np.clip((right.sum() + 1) / (answered.sum() + 2), *MEANS))
    strength = _strength(right / answered, answered) if len(records) >= POOL_LEAST else None
    strength = PRIOR_STRENGTH if strength is None else strength
    return Beta(mean * strength, (1 - mean) * strength)


def _strength(shares: NDArray[np.float64], answered: NDArray[np.float64]) -> float | None:
    whole = answered.sum()
    mean = float((shares * answered).sum() / whole)
    room = float(((answered - 1) * (1 - answered / whole)).sum())
    if room <= 0 or not 0 < mean < 1:
        return None  # one answer each, or nobody ever wrong: no spread to be seen
    spread = float((answered * (shares - mean) ** 2).sum()) / (mean * (1 - mean))
    alike = (spread - (len(shares) - 1)) / room
    if alike <= 0:
        return STRENGTHS[1]  # they differ no more than chance
    return float(np.clip(1 / min(alike, 1.0) - 1, *STRENGTHS))


def by_class(confusion: NDArray[np.int64], prior: Beta) -> list[Beta | None]:
    """The accuracy on each class by itself, where at least ROW_LEAST gold answers had it.

    `confusion` is (classes, classes): row = the gold answer, column = what was answered.
    """
    return [
        Beta(prior.alpha + int(row[truth]), prior.beta + int(row.sum() - row[truth]))
        if row.sum() >= ROW_LEAST
        else None
        for truth, row in enumerate(confusion)
    ]
