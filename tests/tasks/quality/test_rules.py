"""When a rule hits: shares by their interval, numbers by themselves."""

import pytest
from scipy.stats import binomtest

from tasks.quality.rules import Reading, hits, share


@pytest.mark.parametrize(("right", "seen"), [(0, 7), (6, 10), (9, 10), (27, 30), (5, 5)])
def test_a_share_has_the_exact_interval(right, seen):
    found = share(right, seen)
    exact = binomtest(right, seen).proportion_ci(0.90, method="exact")
    assert found == Reading(right / seen, seen, pytest.approx(exact.low), pytest.approx(exact.high))


def test_a_share_hits_with_its_whole_interval():
    assert not hits(share(6, 10), "below", 0.8, 5)  # up to 85 %
    assert hits(share(6, 10), "below", 0.9, 5)
    assert not hits(share(6, 10), "above", 0.5, 5)  # from 30 %
    assert hits(share(6, 10), "above", 0.3, 5)
    assert not hits(share(6, 10), "above", 0.3, 11)


def test_a_number_hits_by_itself_and_never_at_the_threshold():
    assert hits(Reading(3, 3), "above", 2, 1)
    assert not hits(Reading(2, 2), "above", 2, 1)
    assert hits(Reading(0.2, 3), "below", 0.5, 3)
    assert not hits(Reading(0.2, 3), "below", 0.5, 4)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        share(0, 0)
    with pytest.raises(ValueError, match="at least one"):
        share(5, 4)
    with pytest.raises(ValueError, match="no operator"):
        hits(Reading(1, 1), "near", 1, 1)
