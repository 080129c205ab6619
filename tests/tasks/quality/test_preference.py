"""Strengths from preferences: against choix and crowd-kit, and where libraries give up."""

import json
from pathlib import Path

import numpy as np
import pytest

from tasks.quality.preference import (
    FIRST,
    SECOND,
    TIE,
    Comparison,
    bradley_terry,
    noisy_bradley_terry,
)
from tests.oracle.duels import DUELS, duels

ORACLE = json.loads((Path(__file__).parent / "oracle" / "preference.json").read_text())


def made(name):
    return [Comparison(a, b, float(won), judge) for judge, a, b, won in duels(name)]


@pytest.mark.parametrize("name", DUELS)
def test_strengths_are_those_of_choix(name):
    found = bradley_terry(made(name), DUELS[name][1], prior=1e-9)
    assert found.log_strength == pytest.approx(np.array(ORACLE[name]["choix"]), abs=1e-5)
    assert found.order() == ORACLE[name]["order"]
    assert set(found.care) == {1}


@pytest.mark.parametrize("name", DUELS)
def test_the_noisy_order_is_that_of_crowd_kit(name):
    found = noisy_bradley_terry(made(name), DUELS[name][1])
    assert found.order() == ORACLE[name]["noisy_order"]


def test_careless_judges_are_told_from_careful_ones():
    """Three of eight nearly always name the first; the others see gaps of .6 between neighbours."""
    found = noisy_bradley_terry(made("noisy"), 5)
    assert found.care[:3].max() < 0.55
    assert found.care[3:].min() > 0.85
    assert found.first_bias[:3].min() > 0.9
    truth = np.linspace(-1.2, 1.2, 5)
    plain = bradley_terry(made("noisy"), 5).log_strength
    assert np.abs(found.log_strength - truth).max() < 0.3
    assert np.abs(plain - truth).max() > 0.35  # the careless pull all items together


def test_three_to_one_is_three_times_as_strong():
    duel = [Comparison(0, 1, FIRST)] * 30 + [Comparison(0, 1, SECOND)] * 10
    found = bradley_terry(duel, 2, prior=1e-9)
    assert found.preferred(0, 1) == pytest.approx(0.75)
    assert found.log_strength == pytest.approx([np.log(3) / 2, -np.log(3) / 2])


def test_a_tie_is_half_a_win_for_each():
    ties = bradley_terry([Comparison(0, 1, TIE)] * 4, 2)
    assert ties.log_strength == pytest.approx([0, 0])
    mixed = [Comparison(0, 1, FIRST), Comparison(1, 0, TIE)]
    assert bradley_terry(mixed, 2, prior=1e-9).preferred(0, 1) == pytest.approx(0.75)


def test_who_never_loses_is_strong_and_not_infinitely_so():
    found = bradley_terry([Comparison(0, 1, FIRST)] * 5, 2)
    assert 0.9 < found.preferred(0, 1) < 0.999
    assert np.isfinite(found.log_strength).all()


def test_items_apart_from_each_other_all_get_a_strength():
    """Two islands and an item nobody compared: no strength is infinite, the item is average."""
    apart = [Comparison(0, 1, FIRST)] * 6 + [Comparison(2, 3, FIRST)] * 6
    for model in (bradley_terry, noisy_bradley_terry):
        found = model(apart, 5)
        assert np.isfinite(found.log_strength).all()
        assert found.order() == [0, 2, 4, 1, 3]
        assert found.log_strength[4] == pytest.approx(0, abs=1e-6)


def test_without_comparisons_all_are_equal():
    for model in (bradley_terry, noisy_bradley_terry):
        found = model([], 3)
        assert found.log_strength.tolist() == [0, 0, 0]
        assert found.care.size == 0
        assert model([], 0).log_strength.size == 0


def test_strengths_do_not_depend_on_who_is_shown_first():
    duel = made("clean")
    turned = [Comparison(c.second, c.first, 1 - c.won, c.judge) for c in duel]
    one, other = (bradley_terry(some, 6).log_strength for some in (duel, turned))
    assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize(
    "wrong", [Comparison(0, 0, 1), Comparison(0, 3, 1), Comparison(-1, 0, 1), Comparison(0, 1, 2)]
)
def test_what_is_no_comparison_is_refused(wrong):
    with pytest.raises(ValueError, match=r"compared|preference"):
        bradley_terry([wrong], 3)
