"""Whether labels are enough: by hand, and against counting."""

import numpy as np
import pytest

from tasks.quality.enough import Next, Plan, chances, enough, evidence, next_step


def test_one_label_is_as_sure_as_its_annotator():
    assert chances(evidence(0.7, 2, 4)) == pytest.approx([0.1, 0.1, 0.7, 0.1])


def test_two_who_agree_are_surer_and_two_who_differ_cancel_out():
    agreed = chances(evidence(0.8, 0, 2) + evidence(0.8, 0, 2))
    assert agreed == pytest.approx([16 / 17, 1 / 17])
    assert chances(evidence(0.8, 0, 2) + evidence(0.8, 1, 2)) == pytest.approx([0.5, 0.5])


def test_one_good_annotator_outweighs_two_poor_ones():
    total = evidence(0.95, 0, 2) + evidence(0.6, 1, 2) + evidence(0.6, 1, 2)
    assert chances(total).argmax() == 0


def test_nobody_is_ever_taken_for_certain():
    assert 0 < chances(evidence(1.0, 0, 3))[1] < 1e-6
    assert 0 < chances(evidence(0.0, 0, 3))[0] < 1e-5


def test_enough_is_the_threshold_and_more():
    assert enough(np.array([0.9, 0.1]), 0.9)
    assert not enough(np.array([0.89, 0.11]), 0.9)


def test_the_chance_is_how_often_the_class_is_true():
    """Three annotators of known skill, many tasks: of those at .9 nine in ten are right."""
    rng = np.random.default_rng(5)
    skills, sure, right = (0.6, 0.7, 0.8), [], []
    for _ in range(4000):
        truth = rng.integers(3)
        total = np.zeros(3)
        for skill in skills:
            label = truth if rng.random() < skill else (truth + rng.integers(1, 3)) % 3
            total += evidence(skill, int(label), 3)
        posterior = chances(total)
        sure.append(posterior.max())
        right.append(posterior.argmax() == truth)
    assert np.mean(right) == pytest.approx(np.mean(sure), abs=0.02)


@pytest.mark.parametrize(
    ("confidence", "given", "step"),
    [
        (0.9, 1, Next.ASK),
        (0.9, 2, Next.CONCLUDE),
        (0.8, 2, Next.CONCLUDE),
        (0.79, 3, Next.ASK),
        (0.79, 4, Next.ADJUDICATE),
        (0.8, 4, Next.CONCLUDE),
    ],
)
def test_the_plan_says_what_comes_next(confidence, given, step):
    assert next_step(confidence, given, Plan(target=0.8, least=2, most=4)) == step


@pytest.mark.parametrize(
    "plan", [{"target": 1.0}, {"target": 0.0}, {"least": 0}, {"least": 4, "most": 3}]
)
def test_a_plan_that_no_task_can_meet_is_refused(plan):
    with pytest.raises(ValueError, match="confidence|answer"):
        Plan(**plan)
