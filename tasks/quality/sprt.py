"""Wald's sequential test: look at one answer after another, and stop as soon as enough is known.

Two hypotheses on a share of right answers: `good` or more, `bad` or less. After each answer the
logarithm of the likelihood ratio moves by log(good/bad) if it was right, by
log((1-good)/(1-bad)) if wrong; the test ends when it leaves the corridor between two bounds (Wald
1945, Annals of Mathematical Statistics 16, 117-186). Wald's own bounds are on the safe side,
because the last step overshoots them: `design` computes the true risks exactly and narrows the
corridor until they are what was asked for. It also ends at `most` answers, by a pass mark.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from scipy.special import bdtr, bdtrc, bdtrik

FAIL_GOOD, PASS_BAD = 0.05, 0.05
LENGTH = 2.0
"""Nobody is asked more than this many times the questions of the fixed test."""
_MOST = 1_000
_STEPS = 12
_HALF = 0.5


class Decision(StrEnum):
    """What the answers so far allow to say."""

    PASSED = "passed"
    FAILED = "failed"
    GO_ON = "go_on"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The test of `questions` answers that is passed by `mark` right ones or more."""

    questions: int
    mark: int


@dataclass(frozen=True, slots=True)
class Sequential:
    """A corridor: passed at the log ratio `upper` or above, failed at `lower` or below; after
    `most` answers passed with `mark` right ones or more."""

    good: float
    bad: float
    lower: float
    upper: float
    most: int
    mark: int

    def ratio(self, right: int, wrong: int) -> float:
        """The logarithm of how much better `good` explains these answers than `bad` does."""
        step_right = math.log(self.good / self.bad)
        step_wrong = math.log((1 - self.good) / (1 - self.bad))
        return right * step_right + wrong * step_wrong

    def decide(self, right: int, wrong: int) -> Decision:
        """What to say after `right` and `wrong` answers; call it after each one."""
        if right < 0 or wrong < 0:
            raise ValueError("Counts are not negative.")
        if right + wrong >= self.most:
            return Decision.PASSED if right >= self.mark else Decision.FAILED
        ratio = self.ratio(right, wrong)
        if ratio >= self.upper:
            return Decision.PASSED
        return Decision.FAILED if ratio <= self.lower else Decision.GO_ON


@dataclass(frozen=True, slots=True)
class Course:
    """What a candidate of one accuracy has to expect: the chance to pass, the mean number of
    questions."""

    passes: float
    questions: float


def fixed_test(
    good: float, bad: float, fail_good: float = FAIL_GOOD, pass_bad: float = PASS_BAD
) -> Fixed:
    """The shortest test of fixed length with these risks (exact binomial).

    `fail_good` is the chance that an accuracy of `good` fails, `pass_bad` that one of `bad` passes.
    """
    _check(good, bad, fail_good, pass_bad)
    return _fixed_from(1, good, bad, fail_good, pass_bad)


@lru_cache(maxsize=128)
def design(
    good: float, bad: float, fail_good: float = FAIL_GOOD, pass_bad: float = PASS_BAD
) -> Sequential:
    """The sequential test with these risks, computed exactly, and the narrowest corridor found.

    Refuses what is not 0 < bad < good < 1 and risks that are not between 0 and a half.
    """
    _check(good, bad, fail_good, pass_bad)
    shortest = fixed_test(good, bad, fail_good, pass_bad).questions
    end = _fixed_from(math.ceil(LENGTH * shortest), good, bad, fail_good, pass_bad)
    lower = math.log(fail_good / (1 - pass_bad))
    upper = math.log((1 - fail_good) / pass_bad)

    def test(low: float, high: float) -> Sequential:
        return Sequential(good, bad, lower * low, upper * high, end.questions, end.mark)

    def fits(low: float, high: float) -> bool:
        tried = test(low, high)
        return 1 - course(tried, good).passes <= fail_good and course(tried, bad).passes <= pass_bad

    wide = 1.0
    while not fits(wide, wide):  # only where the limit cuts much off; without bounds it fits
        wide *= 1.1
    low = _narrowest(wide, lambda factor: fits(factor, wide))
    high = _narrowest(wide, lambda factor: fits(low, factor))
    low = _narrowest(low, lambda factor: fits(factor, high))  # the other left a little room
    return test(low, high)


def course(test: Sequential, accuracy: float) -> Course:
    """The exact course of a test for a candidate of this `accuracy` (0 to 1).

    Follows the chance of every number of wrong answers, question by question.
    """
    if not 0 <= accuracy <= 1:
        raise ValueError("An accuracy is from 0 to 1.")
    going = np.ones(1)  # the chances of `first`, `first` + 1, ... wrong answers, still undecided
    first, passes, questions = 0, 0.0, 0.0
    for asked in range(1, test.most + 1):
        questions += going.sum()
        going = np.convolve(going, (accuracy, 1 - accuracy))
        right = asked - first - np.arange(going.size)
        ratio = test.ratio(1, 0) * right + test.ratio(0, 1) * (asked - right)
        passed = right >= test.mark if asked == test.most else ratio >= test.upper
        passes += going[passed].sum()
        (left,) = np.nonzero(~passed & (ratio > test.lower))
        if not left.size:
            break
        going, first = going[left[0] : left[-1] + 1], first + int(left[0])
    return Course(float(passes), float(questions))


def _fixed_from(least: int, good: float, bad: float, fail_good: float, pass_bad: float) -> Fixed:
    """The shortest fixed test of at least so many questions."""
    for questions in range(least, math.ceil(LENGTH * _MOST)):
        mark = int(bdtrik(1 - pass_bad, questions, bad))
        while bdtrc(mark - 1, questions, bad) > pass_bad:
            mark += 1
        if mark <= questions and bdtr(mark - 1, questions, good) <= fail_good:
            return Fixed(questions, mark)
    raise ValueError("Good and bad are too near to be told apart.")


def _narrowest(fits: float, good_enough: Callable[[float], bool]) -> float:
    """The smallest factor found by halving between almost nothing and one that fits."""
    least = 0.2
    for _ in range(_STEPS):
        middle = (least + fits) / 2
        least, fits = (least, middle) if good_enough(middle) else (middle, fits)
    return fits


def _check(good: float, bad: float, fail_good: float, pass_bad: float) -> None:
    if not 0 < bad < good < 1:
        raise ValueError("The bad accuracy lies below the good one, both between 0 and 1.")
    if not (0 < fail_good < _HALF and 0 < pass_bad < _HALF):
        raise ValueError("Risks are between 0 and a half.")
