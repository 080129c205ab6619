"""Drift: against scipy, silent on little and on chance, loud on a real fall."""

import numpy as np
import pytest
from scipy import stats

from tasks.quality import drift
from tasks.quality.drift import Drift


@pytest.mark.parametrize(("right", "answers", "alpha", "beta"), [(14, 20, 91, 11), (0, 10, 3, 2)])
def test_the_chance_is_beta_binomial(right, answers, alpha, beta):
    wanted = stats.betabinom.cdf(right, answers, alpha, beta)
    assert drift.at_most(right, answers, alpha, beta) == pytest.approx(wanted, rel=1e-9)


def test_a_fall_alarms_and_a_rise_does_not():
    fallen, same, risen = (drift.drift(90, 10, right, 20 - right) for right in (11, 17, 20))
    assert fallen.alarm
    assert fallen.chance == pytest.approx(0.000527, abs=1e-6)
    assert not same.alarm
    assert not risen.alarm
    assert risen.chance == pytest.approx(1)


def test_with_little_data_nobody_is_alarmed():
    nothing = Drift(alarm=False, chance=None)
    assert drift.drift(90, 10, 0, 9) == nothing
    assert drift.drift(19, 0, 0, 20) == nothing
    assert drift.of_answers([]) == nothing
    assert drift.of_answers([True] * 39) == nothing


def test_a_short_past_is_doubted():
    """The same shares, once with 20 earlier answers and once with 400."""
    assert not drift.drift(18, 2, 13, 7).alarm
    assert drift.drift(360, 40, 13, 7).alarm


def test_only_the_order_tells_recent_from_past():
    bad_now = [True] * 80 + [False] * 20
    assert drift.of_answers(bad_now).alarm
    assert not drift.of_answers(bad_now[::-1]).alarm


@pytest.mark.parametrize(("accuracy", "most"), [(0.7, 3), (0.95, 3)])
def test_a_steady_annotator_is_seldom_alarmed(accuracy, most):
    """New alarms in 1000 looks at answers that never change: about one."""
    rng = np.random.default_rng(6)
    alarms = looks = 0
    for _ in range(40):
        answers = (rng.random(140) < accuracy).tolist()
        told = [drift.of_answers(answers[:n]).alarm for n in range(40, 141)]
        alarms += sum(now and not before for before, now in zip([False, *told], told, strict=False))
        looks += len(told)
    assert alarms / looks * 1000 < most


def test_counts_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        drift.drift(-1, 0, 0, 0)
