"""The interval of a skill: what answers tell of an accuracy, as Beta(alpha, beta)."""

from dataclasses import dataclass

from scipy.special import betaincinv

LOWER, UPPER = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """The 5 % and 95 % quantiles of an accuracy, each from 0 to 1."""

    lower: float
    upper: float


def interval(alpha: float, beta: float) -> Interval:
    """The quantiles of Beta(`alpha`, `beta`), both above 0.

    The inverse of the regularised incomplete beta function is what `scipy.stats.beta.ppf` calls;
    taken from `scipy.special`, it does not cost each process the import of all of `scipy.stats`.
    """
    if not (alpha > 0 and beta > 0):
        raise ValueError("The parameters of a Beta distribution are above 0.")
    lower, upper = (float(betaincinv(alpha, beta, q)) for q in (LOWER, UPPER))
    return Interval(max(0.0, lower), min(1.0, upper))
