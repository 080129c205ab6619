"""When an answer to a question counts as right, given the known one, and when a known answer is
itself in doubt.

Right is exact unless a tolerance says otherwise; of marks, the words count and not the characters.
Texts are never scored: two good texts differ (`tasks.interface.tolerance` says which questions
are).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy.special import betaincinv

from tasks.quality.spans import Span, token_f1

# Shares are compared with what a client wrote as a decimal.
SLACK = 1e-9
# An annotator is good when the lower bound of their accuracy (the 5 % quantile) is above this.
GOOD = 0.8
# Two who fail the same question may share a slip; three seldom do.
FEWEST_GOOD = 3
CONFIDENCE = 0.95


def right(kind: str, known: Any, given: Any, tolerance: Mapping[str, Any], text: str) -> bool:
    """Whether `given` counts as right for a question of type `kind`.

    None as an answer means that the question was left out. `within` k: a rating at most k away;
    `jaccard` x: |A and B| / |A or B| of two sets at least x; `f1` x: marks in `text` that agree
    word by word with at least x (`tasks.quality.spans.token_f1`).
    """
    if kind == "rating" and None not in (known, given):
        return bool(abs(given - known) <= tolerance.get("within", 0))
    if kind == "multi":
        return jaccard(known or (), given or ()) >= float(tolerance.get("jaccard", 1)) - SLACK
    if kind == "spans":
        alike = token_f1(text, _marked(known), _marked(given))
        return alike >= float(tolerance.get("f1", 1)) - SLACK
    return bool(known == given)


def jaccard(known: Sequence[Any], given: Sequence[Any]) -> float:
    """The share of two sets' common members among all of theirs (Jaccard 1901); 1 for two empty
    ones."""
    union = {*known, *given}
    return len({*known} & {*given}) / len(union) if union else 1.0


def _marked(spans: Sequence[Mapping[str, Any]] | None) -> list[Span]:
    return [Span(span["start"], span["end"], span["label"]) for span in spans or ()]


def doubtful(good_right: int, good_seen: int) -> bool:
    """Whether good annotators fail a gold task so often that the known answer must be looked at.

    Each of them is right with a chance above `GOOD`, as their own record shows. The upper end of
    the exact interval of Clopper and Pearson (1934, one-sided, 95 %) for their share of right
    answers here is the largest share that still explains what was seen; if even that is below
    `GOOD`, the task is not one that they answer as they answer others. Never on fewer than 3.
    """
    if good_seen < FEWEST_GOOD:
        return False
    return upper_bound(good_right, good_seen) < GOOD


def upper_bound(successes: int, trials: int) -> float:
    """The one-sided upper 95 % bound of Clopper and Pearson (1934) for a binomial share."""
    if successes >= trials:
        return 1.0
    return float(betaincinv(successes + 1, trials - successes, CONFIDENCE))
