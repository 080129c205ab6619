"""What share of an annotator's answers a reviewer must see, so that few defects slip through.

Of a share p of defective answers, a reviewer who sees the share s and finds the share t of what is
defective lets p (1 - s t) through. With at most d allowed that gives s = (1 - d / p) / t. It is the
arithmetic of average outgoing quality (Montgomery, Introduction to Statistical Quality Control,
section 15.2.3, with an inspector who misses some).
"""

from tasks.quality.skill import Beta

AUDIT = 0.05
"""Never less than one in twenty by chance, or nobody would notice that a good annotator tires."""
ALLOWED = 0.02
SENSITIVITY = 0.95
"""What a reviewer is taken to find until double reviews have measured it."""


def share(
    defects: float, allowed: float = ALLOWED, sensitivity: float = SENSITIVITY, least: float = AUDIT
) -> float:
    """The share to review, `least` to 1, when `defects` of the answers are defective.

    All arguments are shares from 0 to 1, `sensitivity` above 0. Where even a review of everything
    lets more than `allowed` through, the answer is 1: `slipping` says what remains.
    """
    if not (0 <= defects <= 1 and 0 <= allowed <= 1 and 0 < sensitivity <= 1 and 0 <= least <= 1):
        raise ValueError("Shares are from 0 to 1, and a reviewer finds something.")
    if defects <= allowed:
        return least
    return min(1.0, max(least, (1 - allowed / defects) / sensitivity))


def share_for(
    belief: Beta,
    allowed: float = ALLOWED,
    sensitivity: float = SENSITIVITY,
    least: float = AUDIT,
    *,
    careful: bool = True,
) -> float:
    """The share for an annotator of whose accuracy `belief` is held.

    `careful` reckons with the worst that is plausible (one minus the lower bound), so newcomers are
    reviewed most; otherwise with the mean, which spends least on average.
    """
    accuracy = belief.interval.lower if careful else belief.mean
    return share(1 - accuracy, allowed, sensitivity, least)


def slipping(defects: float, reviewed: float, sensitivity: float = SENSITIVITY) -> float:
    """The share of defective answers that remains when the share `reviewed` is seen."""
    return defects * (1 - reviewed * sensitivity)
