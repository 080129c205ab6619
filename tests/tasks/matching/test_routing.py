"""Who is asked next: ranked by worth, within the share cap, newcomers in their turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.matching.routing import Fairness, choose, lower_bounds, prior, within_share

STRICT = Fairness(share_factor=3, newcomer_share=0, head_start=1)


def ask(worth, taken=None, free=None, newcomer=None, fairness=STRICT):
    size = len(worth)
    return choose(
        worth=np.array(worth, dtype=float),
        taken=np.array([0] * size if taken is None else taken),
        free=np.array([True] * size if free is None else free),
        newcomer=np.array([False] * size if newcomer is None else newcomer),
        fairness=fairness,
    )


def test_the_one_of_most_worth_is_asked():
    assert ask([0.7, 0.9, 0.8]) == 1


def test_of_two_equals_the_first():
    assert ask([0.8, 0.8]) == 0


def test_nobody_who_is_not_free():
    assert ask([0.7, 0.9], free=[True, False]) == 0
    assert ask([0.7, 0.9], free=[False, False]) is None


def test_nobody_beyond_three_times_the_mean():
    # 20 assignments of 5 experts with this one: the mean is 4, so 12 are allowed.
    assert ask([0.9, 0.1, 0.1, 0.1, 0.1], taken=[11, 2, 2, 2, 2]) == 0
    assert ask([0.9, 0.1, 0.1, 0.1, 0.1], taken=[12, 2, 2, 2, 1]) == 1


def test_everyone_has_a_head_start():
    taken = np.array([4, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert within_share(taken, Fairness(head_start=5)).all()
    assert not within_share(taken, Fairness(head_start=4))[0]


def test_a_newcomer_is_asked_while_they_are_below_their_part():
    fairness = Fairness(newcomer_share=0.1, head_start=100)
    # The next is the tenth assignment: one of ten is due.
    assert ask([0.9, 0.2], taken=[9, 0], newcomer=[False, True], fairness=fairness) == 1
    assert ask([0.9, 0.2], taken=[8, 1], newcomer=[False, True], fairness=fairness) == 0
    busy = {"free": [True, False], "newcomer": [False, True], "fairness": fairness}
    assert ask([0.9, 0.2], taken=[9, 0], **busy) == 0


@given(st.integers(0, 2**32), st.integers(4, 12))
def test_no_share_and_no_newcomer_is_ever_short(seed, experts):
    rng = np.random.default_rng(seed)
    fairness = Fairness(head_start=2)
    worth, newcomer = rng.random(experts), rng.random(experts) < 0.3
    taken = np.zeros(experts, dtype=np.int64)
    for _ in range(150):
        one = choose(
            worth=worth,
            taken=taken,
            free=np.full(experts, fill_value=True),
            newcomer=newcomer,
            fairness=fairness,
        )
        taken[one] += 1
    assert taken.sum() == 150
    assert taken.max() <= 3 * taken.mean()
    # Three newcomers in ten may hold nine tenths at most, and one is always free to take theirs.
    assert not newcomer.any() or taken[newcomer].sum() >= 0.1 * 150 - 1


def test_the_prior_is_the_pools_mean_worth_five_answers():
    alpha, beta = prior(np.array([8, 9]), np.array([10, 10]))
    assert (alpha, beta) == pytest.approx((5 * 18 / 22, 5 * 4 / 22))


def test_little_known_is_a_low_bound():
    few, many = lower_bounds(np.array([9.0, 90.0]), np.array([1.0, 10.0]))
    assert (few, many) == (pytest.approx(0.717, abs=1e-3), pytest.approx(0.847, abs=1e-3))
