"""The sequential test: its corridor by hand, its risks and lengths by simulation."""

import math

import numpy as np
import pytest

from tasks.quality import sprt
from tasks.quality.sprt import Decision, Fixed

PAIRS = [(0.9, 0.7), (0.95, 0.8)]


def walk(test, accuracy, rng, times):
    """Ask `times` candidates one question after another; who passed, and after how many."""
    passed, asked = [], []
    for _ in range(times):
        right = wrong = 0
        while (said := test.decide(right, wrong)) is Decision.GO_ON:
            if rng.random() < accuracy:
                right += 1
            else:
                wrong += 1
        passed.append(said is Decision.PASSED)
        asked.append(right + wrong)
    return np.mean(passed), np.mean(asked)


@pytest.mark.parametrize(
    ("good", "bad", "wanted"), [(0.9, 0.7, Fixed(41, 34)), (0.95, 0.8, Fixed(50, 45))]
)
def test_the_fixed_test_is_the_shortest(good, bad, wanted):
    assert sprt.fixed_test(good, bad) == wanted


def test_the_fixed_test_of_a_lot():
    """94 of 98 items without defect: at most 4 of them bad, the plan for an endless lot."""
    assert sprt.fixed_test(0.98, 0.92, 0.05, 0.10) == Fixed(98, 94)


@pytest.mark.parametrize(("good", "bad"), PAIRS)
def test_it_takes_three_fifths_of_the_questions_at_no_more_errors(good, bad):
    test, fixed = sprt.design(good, bad), sprt.fixed_test(good, bad)
    rng = np.random.default_rng(8)
    passed, asked = walk(test, good, rng, 4000)
    assert passed >= 0.95 - 0.012  # three standard errors
    assert asked <= 0.6 * fixed.questions
    passed, asked = walk(test, bad, rng, 4000)
    assert passed <= 0.05 + 0.012
    assert asked <= 0.5 * fixed.questions


@pytest.mark.parametrize("accuracy", [0.5, 0.7, 0.8, 0.9, 0.97])
def test_the_exact_course_is_what_happens(accuracy):
    test = sprt.design(0.9, 0.7)
    passed, asked = walk(test, accuracy, np.random.default_rng(1), 4000)
    course = sprt.course(test, accuracy)
    assert passed == pytest.approx(course.passes, abs=0.025)
    assert asked == pytest.approx(course.questions, rel=0.05)


@pytest.mark.parametrize(("good", "bad"), [*PAIRS, (0.6, 0.4), (0.99, 0.9), (0.9, 0.8)])
def test_the_risks_are_those_asked_for(good, bad):
    test = sprt.design(good, bad, 0.05, 0.10)
    assert 1 - sprt.course(test, good).passes <= 0.05
    assert 0.05 < sprt.course(test, bad).passes <= 0.10  # narrowed until the risk is used


def test_a_corridor_by_hand():
    """Each right answer moves by log(9/7), each wrong one by log(1/3)."""
    test = sprt.Sequential(0.9, 0.7, lower=-2.0, upper=1.0, most=40, mark=30)
    assert test.ratio(3, 1) == pytest.approx(3 * math.log(9 / 7) - math.log(3))
    assert test.decide(0, 0) is Decision.GO_ON
    assert test.decide(3, 0) is Decision.GO_ON  # 0.754
    assert test.decide(4, 0) is Decision.PASSED  # 1.005
    assert test.decide(0, 1) is Decision.GO_ON  # -1.099
    assert test.decide(0, 2) is Decision.FAILED  # -2.197


def test_at_the_limit_the_mark_decides():
    test = sprt.Sequential(0.9, 0.7, lower=-90, upper=90, most=20, mark=16)
    assert test.decide(18, 1) is Decision.GO_ON
    assert test.decide(16, 4) is Decision.PASSED
    assert test.decide(15, 5) is Decision.FAILED
    course = sprt.course(test, 0.7)
    assert course.questions == pytest.approx(20)
    assert course.passes == pytest.approx(0.23750778)  # 16 or more of 20 at .7


@pytest.mark.parametrize(("good", "bad"), [(0.7, 0.9), (0.9, 0.9), (1.0, 0.9), (0.9, 0.0)])
def test_good_is_above_bad(good, bad):
    with pytest.raises(ValueError, match="below the good"):
        sprt.design(good, bad)


def test_what_cannot_be_told_apart_is_refused():
    with pytest.raises(ValueError, match="too near"):
        sprt.fixed_test(0.9, 0.899)
    with pytest.raises(ValueError, match="Risks"):
        sprt.design(0.9, 0.8, 0.6)
    with pytest.raises(ValueError, match="Counts"):
        sprt.design(0.9, 0.7).decide(-1, 0)
    with pytest.raises(ValueError, match="accuracy"):
        sprt.course(sprt.design(0.9, 0.7), 1.2)
