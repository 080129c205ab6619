"""How well a reviewer finds what is wrong and spares what is right, and what follows for a lot.

Sensitivity: of the defective submissions, the share the reviewer refused. Specificity: of the sound
ones, the share the reviewer accepted (Yerushalmy 1947, Public Health Reports 62). What was truly
defective is known from gold for reviewers, double-blind second reviews and overturned verdicts.
Intervals are exact (Clopper and Pearson 1934), so few cases give wide ones.
"""

from dataclasses import dataclass

from tasks.quality.acceptance import two_sided

CONFIDENCE = 0.90


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Counts of verdicts whose truth is known: `found` and `missed` defects, sound submissions
    `spared` and wrongly `refused`."""

    found: int = 0
    missed: int = 0
    spared: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its exact interval, of so many cases; without a case the share is None."""

    share: float | None
    lower: float
    upper: float
    cases: int


def sensitivity(verdicts: Verdicts, confidence: float = CONFIDENCE) -> Rate:
    """Of what was defective, how much was found."""
    return _rate(verdicts.found, verdicts.missed, confidence)


def specificity(verdicts: Verdicts, confidence: float = CONFIDENCE) -> Rate:
    """Of what was sound, how much was accepted."""
    return _rate(verdicts.spared, verdicts.refused, confidence)


def true_share(seen: float, sensitive: float, specific: float) -> float:
    """The share of defects behind the share `seen` by a fallible reviewer, 0 to 1 (Rogan and Gladen
    1978, American Journal of Epidemiology 107, 71-76). Refuses a reviewer who is no better than a
    coin. An upper bound of `seen`, put in with the lower bound of `sensitive` and a `specific` of
    1, gives an upper bound of the true share.
    """
    if not (0 <= seen <= 1 and 0 <= sensitive <= 1 and 0 <= specific <= 1):
        raise ValueError("Shares are from 0 to 1.")
    better = sensitive + specific - 1
    if better <= 0:
        raise ValueError("Verdicts no better than a coin's tell nothing.")
    return min(1.0, max(0.0, (seen + specific - 1) / better))


def _rate(hits: int, misses: int, confidence: float) -> Rate:
    if hits < 0 or misses < 0:
        raise ValueError("Counts are not negative.")
    cases = hits + misses
    lower, upper = two_sided(hits, cases, confidence)
    return Rate(hits / cases if cases else None, lower, upper, cases)
