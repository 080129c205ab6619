"""A reviewer's sensitivity and specificity, and the share of defects behind fallible verdicts."""

import pytest
from scipy import stats

from tasks.quality import reviewers
from tasks.quality.reviewers import Verdicts

KNOWN = Verdicts(found=18, missed=2, spared=95, refused=5)


def test_shares_with_exact_intervals():
    found, spared = reviewers.sensitivity(KNOWN), reviewers.specificity(KNOWN)
    assert (found.share, found.cases) == (0.9, 20)
    assert (spared.share, spared.cases) == (0.95, 100)
    wanted = stats.binomtest(18, 20).proportion_ci(0.90)
    assert (found.lower, found.upper) == pytest.approx((wanted.low, wanted.high))


def test_without_cases_nothing_is_known():
    nothing = reviewers.sensitivity(Verdicts(spared=3))
    assert (nothing.share, nothing.lower, nothing.upper, nothing.cases) == (None, 0, 1, 0)


def test_fallible_verdicts_hide_a_share_that_can_be_worked_out():
    """Of 1000 with 100 defects: 90 found, 45 sound ones refused: .135 seen."""
    assert reviewers.true_share(0.135, 0.9, 0.95) == pytest.approx(0.1)
    assert reviewers.true_share(0.02, 0.9, 0.95) == 0
    assert reviewers.true_share(0.99, 0.9, 1) == 1
    assert reviewers.true_share(0.2, 0.8, 1) == pytest.approx(0.25)


def test_what_tells_nothing_is_refused():
    with pytest.raises(ValueError, match="coin"):
        reviewers.true_share(0.1, 0.5, 0.5)
    with pytest.raises(ValueError, match="Shares"):
        reviewers.true_share(1.1, 0.9, 0.9)
    with pytest.raises(ValueError, match="negative"):
        reviewers.sensitivity(Verdicts(found=-1))
