"""How many offers: by hand, and by the law of large numbers."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.matching.offers import Record, chance, how_many, platform_rate, wanted

CHANCES = st.lists(st.floats(0, 1), max_size=12)


def test_nothing_known_is_one_half():
    assert platform_rate(Record(0, 0)) == 0.5
    assert platform_rate(Record(8, 2)) == 0.3


def test_an_annotators_chance_moves_from_the_platforms_to_their_own():
    assert chance(Record(0, 0), 0.3) == pytest.approx(0.3)
    assert chance(Record(4, 4), 0.5) == pytest.approx(0.75)
    assert chance(Record(4, 0), 0.5) == pytest.approx(0.25)
    assert chance(Record(996, 996), 0.0) == pytest.approx(0.996)


@pytest.mark.parametrize(
    ("need", "rate", "offers"),
    [(1, 1.0, 1), (1, 0.5, 2), (1, 0.34, 3), (3, 0.5, 6), (2, 0.7, 3), (1, 0.01, 5), (2, 0, 10)],
)
def test_offers_are_planned_until_enough_acceptances_are_expected(need, rate, offers):
    assert wanted(need, rate) == offers


def test_a_filled_task_wants_no_offer():
    assert wanted(0, 0.5) == 0
    assert how_many(0, [0.5]) == 0
    assert how_many(-0.2, [0.5]) == 0


def test_the_first_are_asked_until_their_chances_add_up():
    assert how_many(1, [0.6, 0.3, 0.1, 0.9]) == 3
    assert how_many(1, [0.1] * 12) == 10
    assert how_many(2, [0.9, 0.2]) == 2
    assert how_many(0.4, [0.5, 0.5]) == 1


@given(CHANCES, st.floats(0, 5))
def test_one_fewer_would_not_do(chances, need):
    number = how_many(need, chances)
    assert number == len(chances) or sum(chances[:number]) >= need - 1e-6
    if number:
        assert sum(chances[: number - 1]) < need + 1e-6


@given(CHANCES, st.floats(0, 5), st.floats(0, 5))
def test_a_greater_need_never_asks_fewer(chances, one, other):
    assert how_many(min(one, other), chances) <= how_many(max(one, other), chances)


def test_as_many_accept_as_are_needed_on_average():
    rng = random.Random(7)
    chances = [rng.uniform(0.2, 0.8) for _ in range(40)]
    asked = how_many(4, chances)
    accepted = [sum(rng.random() < one for one in chances[:asked]) for _ in range(4000)]
    assert 4 <= sum(accepted) / len(accepted) < 4.8
