"""Whether an annotator has become worse: the recent answers against those before.

The past tells the accuracy only as far as it goes: as Beta(1 + right, 1 + wrong). If nothing had
changed, the right ones among n recent answers would follow the beta-binomial distribution of that
belief (Gelman et al., Bayesian Data Analysis, 3rd ed., section 6.3, predictive checks). The alarm
is a chance below LEVEL of so few or fewer. A short past is a wide belief, so it does not alarm.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

WINDOW = 20
"""The newest gold answers that are compared with all earlier ones."""
LEAST_RECENT, LEAST_PAST = 10, 20
LEVEL = 0.005
"""Each new gold answer is a new look, and looks overlap: at .005 a steady annotator is falsely
alarmed about once in a thousand gold answers."""


@dataclass(frozen=True, slots=True)
class Drift:
    """`chance` of so few right answers if nothing had changed; None where too little is known."""

    alarm: bool
    chance: float | None


def drift(past_right: int, past_wrong: int, recent_right: int, recent_wrong: int) -> Drift:
    """Compare counts of right and wrong answers; no alarm with fewer than LEAST_RECENT recent or
    LEAST_PAST earlier ones. Only a fall alarms, never a rise.
    """
    if min(past_right, past_wrong, recent_right, recent_wrong) < 0:
        raise ValueError("Counts are not negative.")
    recent = recent_right + recent_wrong
    if recent < LEAST_RECENT or past_right + past_wrong < LEAST_PAST:
        return Drift(alarm=False, chance=None)
    chance = at_most(recent_right, recent, 1.0 + past_right, 1.0 + past_wrong)
    return Drift(alarm=chance < LEVEL, chance=chance)


def of_answers(right: list[bool], window: int = WINDOW) -> Drift:
    """The same for a row of gold answers, oldest first: the last `window` against all others."""
    recent, past = right[-window:], right[:-window]
    return drift(sum(past), len(past) - sum(past), sum(recent), len(recent) - sum(recent))


def at_most(right: int, answers: int, alpha: float, beta: float) -> float:
    """The chance of at most `right` of `answers`, the accuracy being Beta(`alpha`, `beta`)."""
    k = np.arange(right + 1)
    choose = gammaln(answers + 1) - gammaln(k + 1) - gammaln(answers - k + 1)
    logs = choose + betaln(alpha + k, beta + answers - k) - betaln(alpha, beta)
    return min(1.0, float(np.exp(logs).sum()))
