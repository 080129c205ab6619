"""How much of an annotator's work is reviewed."""

import pytest

from tasks.quality import review_share
from tasks.quality.skill import Beta


@pytest.mark.parametrize(
    ("defects", "wanted"), [(0.05, 0.63), (0.10, 0.84), (0.20, 0.95), (0.02, 0.05), (0.0, 0.05)]
)
def test_more_defects_more_review_and_never_less_than_the_audit(defects, wanted):
    assert round(review_share.share(defects), 2) == wanted


@pytest.mark.parametrize("defects", [0.021, 0.05, 0.1, 0.2])
def test_what_slips_is_what_is_allowed(defects):
    reviewed = review_share.share(defects)
    assert review_share.slipping(defects, reviewed) <= 0.02 + 1e-12


def test_a_poor_reviewer_of_poor_work_sees_all_and_something_slips():
    assert review_share.share(0.5, sensitivity=0.6) == 1
    assert review_share.slipping(0.5, 1, 0.6) == pytest.approx(0.2)


def test_a_newcomer_is_reviewed_more_than_one_who_is_known():
    newcomer, known = Beta(4, 1), Beta(400, 100)
    careful = [review_share.share_for(who) for who in (newcomer, known)]
    by_mean = [review_share.share_for(who, careful=False) for who in (newcomer, known)]
    assert careful[0] == review_share.share(1 - newcomer.interval.lower)
    assert careful[0] > careful[1] > by_mean[1]
    assert by_mean == [pytest.approx(review_share.share(0.2))] * 2


@pytest.mark.parametrize("wrong", [{"defects": 1.1}, {"sensitivity": 0}, {"allowed": -1}])
def test_shares_are_shares(wrong):
    with pytest.raises(ValueError, match="Shares"):
        review_share.share(**({"defects": 0.1} | wrong))
