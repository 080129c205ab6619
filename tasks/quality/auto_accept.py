"""From which confidence on may an answer pass without a reviewer? Only where gold supports it.

The error among the tasks at or above a threshold is estimated twice: by what their calibrated
confidences promise, and by how often gold tasks at or above it were wrong. The promise counts as
PROMISE tasks seen before, and never for better than half of the error allowed; gold counts as
itself. Together they are a Beta distribution of the error. The threshold is supported if the error
is at most 1 - target with SURE probability: with a target of .95, from 15 gold tasks on of which
none was wrong, or 59 of which one was.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv

from tasks.quality.labels import Floats

PROMISE = 10.0
SURE = 0.95
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Support:
    """`threshold`: accept from this confidence on, or None to accept nothing; `why` says it in a
    sentence for the client. At that threshold (or, if refused, at the target): `error` is the
    estimate among the accepted, `bound` what it does not exceed with SURE probability, `share` the
    part of the tasks; `gold` and `wrong` count the gold tasks above it."""

    threshold: float | None
    why: str
    error: float
    bound: float
    share: float
    gold: int
    wrong: float


def supported(
    confidence: Floats, gold_confidence: Floats, gold_hit: Floats, target: float = 0.95
) -> Support:
    """The lowest threshold, from `target` on, that gold supports.

    `confidence`: the calibrated confidence of every task that could be accepted. `gold_confidence`,
    `gold_hit`: the same of the gold tasks, by a posterior that was not told their classes, and
    whether it was right (1, 0, or a part for a tie). Raises ValueError for a target outside 0 to 1.
    """
    if not 0 < target < 1:
        raise ValueError("The target is a chance between 0 and 1.")
    above = gold_confidence[gold_confidence > target]
    tried = []
    for threshold in np.unique(np.append(above, target)).tolist():
        tried.append(_at(threshold, 1 - target, confidence, gold_confidence, gold_hit))
        if tried[-1].share > 0 and tried[-1].bound <= 1 - target:
            return replace(
                tried[-1],
                threshold=threshold,
                why=f"From a confidence of {threshold:.3f} on: of {tried[-1].gold} gold tasks there"
                f" {tried[-1].wrong:g} were wrong, and the error is at most {tried[-1].bound:.1%}"
                f" with {SURE:.0%} probability.",
            )
    return replace(tried[0], why=_refusal(tried[0], target))


def _at(
    threshold: float, allowed: float, confidence: Floats, gold_confidence: Floats, gold_hit: Floats
) -> Support:
    """What is known of the tasks at or above a threshold."""
    taken = confidence >= threshold
    seen = gold_confidence >= threshold
    promised = float(1 - confidence[taken].mean()) if taken.any() else 1 - threshold
    promised = max(promised, allowed / 2)
    wrong = float((1 - gold_hit[seen]).sum())
    gold = int(seen.sum())
    bad = max(PROMISE * promised + wrong, LEAST)
    good = max(PROMISE * (1 - promised) + gold - wrong, LEAST)
    return Support(
        threshold=None,
        why="",
        error=bad / (bad + good),
        bound=float(betaincinv(bad, good, SURE)),
        share=float(taken.mean()) if taken.size else 0.0,
        gold=gold,
        wrong=wrong,
    )


def _refusal(found: Support, target: float) -> str:
    if found.share == 0:
        return f"No task reaches a confidence of {target:.0%}."
    if found.wrong == 0:
        return (
            f"Only {found.gold} gold tasks reach a confidence of {target:.0%}: none was wrong, but"
            f" so few leave an error of {found.bound:.1%} possible, more than {1 - target:.0%}."
        )
    return (
        f"Of {found.gold} gold tasks with a confidence of {target:.0%} or more {found.wrong:g} were"
        f" wrong: the error could be {found.bound:.1%}, more than {1 - target:.0%}."
    )
