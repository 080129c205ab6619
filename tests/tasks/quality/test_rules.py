"""When a rule hits: shares by their interval, numbers by themselves."""

import random
from collections.abc import Callable
from functools import cache

import pytest

from tasks.quality.acceptance import upper_bound
from tasks.quality.rules import Reading, hits, share


# The roots of the inequality, found apart from this code by Brent's method.
@pytest.mark.parametrize(
    ("right", "seen", "low", "high"),
    [
        (0, 7, 0, 0.5157),
        (6, 10, 0.1925, 0.9231),
        (9, 10, 0.4549, 0.9995),
        (27, 30, 0.6513, 0.9921),
        (171, 200, 0.7577, 0.9255),
        (5, 5, 0.3839, 1),
    ],
)
def test_a_share_has_the_interval_of_all_looks(right, seen, low, high):
    found = share(right, seen)
    ends = (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert found == Reading(right / seen, seen, *ends)


def test_where_none_or_all_are_hits_the_interval_ends_in_closed_form():
    assert share(5, 5).low == pytest.approx((0.05 / 6) ** (1 / 5))
    assert share(0, 7).high == pytest.approx(1 - (0.05 / 8) ** (1 / 7))


def ever_below(high: Callable[[int, int], float]) -> float:
    """The share of 1,000 annotators exactly at the bar whom some look of 300 finds below it."""
    bar, draw = 0.8, random.Random(80)
    found = 0
    for _ in range(1000):
        right = 0
        for seen in range(1, 301):
            right += draw.random() < bar
            if seen >= 10 and high(right, seen) < bar:
                found += 1
                break
    return found / 1000


def test_who_is_just_good_enough_is_rarely_hit_however_often_one_looks():
    assert ever_below(cache(lambda right, seen: share(right, seen).high)) <= 0.06


def test_control_an_interval_made_for_one_look_hits_many_of_them():
    assert ever_below(cache(upper_bound)) >= 0.2


def test_a_share_hits_with_its_whole_interval():
    assert not hits(share(6, 10), "below", 0.9, 5)  # up to 92 %
    assert hits(share(6, 10), "below", 0.95, 5)
    assert not hits(share(6, 10), "above", 0.2, 5)  # from 19 %
    assert hits(share(6, 10), "above", 0.15, 5)
    assert not hits(share(6, 10), "above", 0.15, 11)


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
