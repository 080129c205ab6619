"""Beliefs about accuracies: by hand, against scipy, and against pools made by known chances."""

import numpy as np
import pytest

from tasks.quality import skill
from tasks.quality.skill import Beta, Standing


def test_a_right_gold_answer_adds_one_and_a_wrong_one_counts_against():
    belief = skill.learn(Beta(4, 1), 1, skill.GOLD)
    assert (belief.alpha, belief.beta) == (5, 1)
    belief = skill.learn(belief, 0, skill.GOLD)
    assert (belief.alpha, belief.beta) == (5, 2)
    assert belief.mean == pytest.approx(5 / 7)
    assert belief.strength == 7


def test_evidence_weighs_by_how_sure_it_is():
    moved = [
        skill.learn(Beta(4, 1), 0.5, weight).strength - 5
        for weight in (skill.GOLD, skill.ADJUDICATION, skill.REVIEW, skill.CONSENSUS)
    ]
    assert moved == [1, 1, 0.5, 0.25]


def test_what_was_learned_can_be_taken_back_but_no_more():
    belief = skill.learn(Beta(2, 1), 0, skill.REVIEW)
    assert skill.learn(belief, 0, -skill.REVIEW) == Beta(2, 1)
    with pytest.raises(ValueError, match="above 0"):
        skill.learn(Beta(2, 1), 0, -1)


@pytest.mark.parametrize("right", [-0.1, 1.1, float("nan")])
def test_an_answer_is_right_by_nought_to_one(right):
    with pytest.raises(ValueError, match="0 to 1"):
        skill.learn(Beta(1, 1), right, 1)


@pytest.mark.parametrize(("alpha", "beta"), [(0, 1), (1, -1), (float("nan"), 1), (float("inf"), 1)])
def test_what_is_no_distribution_is_refused(alpha, beta):
    with pytest.raises(ValueError, match="above 0"):
        Beta(alpha, beta)


@pytest.mark.parametrize(
    ("bar", "needed"),
    [
        (0.70, [8, 13, 18, 23]),
        (0.80, [13, 21, 29, 36]),
        (0.85, [18, 29, 39, 49]),
        (0.90, [28, 45, 60, 75]),
        (0.95, [58, 92, 123, 152]),
    ],
)
def test_a_high_bar_takes_many_answers(bar, needed):
    assert [skill.answers_needed(bar, misses) for misses in range(4)] == needed


def test_a_decision_is_taken_at_the_bounds():
    """Of 28 gold answers without a miss the lower bound is above .9, of 27 it is not yet."""
    assert skill.standing(Beta(1 + 28, 1), 0.9) is Standing.ABOVE
    assert skill.standing(Beta(1 + 27, 1), 0.9) is Standing.UNKNOWN
    assert skill.standing(Beta(1, 1), 0.5) is Standing.UNKNOWN
    assert skill.standing(Beta(10, 10), 0.9) is Standing.BELOW


def test_nine_of_ten_may_be_luck():
    found = Beta(1 + 9, 1 + 1).interval
    assert (round(found.lower, 2), round(found.upper, 2)) == (0.64, 0.97)


def test_a_small_pool_gives_its_mean_worth_five_answers():
    prior = skill.pool_prior([(8, 10), (30, 40)])
    assert prior.mean == pytest.approx(39 / 52)
    assert prior.strength == pytest.approx(5)


def test_no_pool_knows_nothing():
    assert skill.pool_prior([]) == Beta(1, 1)


@pytest.mark.parametrize(("alpha", "beta"), [(6.4, 1.6), (3.5, 1.5), (10.5, 4.5)])
def test_the_spread_of_a_pool_says_how_much_its_mean_is_worth(alpha, beta):
    rng = np.random.default_rng(3)
    accuracies = rng.beta(alpha, beta, 4000)
    answered = rng.integers(5, 60, 4000)
    prior = skill.pool_prior(list(zip(rng.binomial(answered, accuracies), answered, strict=True)))
    assert prior.mean == pytest.approx(alpha / (alpha + beta), abs=0.01)
    assert prior.strength == pytest.approx(alpha + beta, rel=0.1)


def test_alike_or_torn_pools_stay_within_bounds():
    alike = skill.pool_prior([(8, 10)] * 30)
    torn = skill.pool_prior([(100, 100)] * 15 + [(0, 100)] * 15)
    perfect = skill.pool_prior([(50, 50)] * 30)
    assert (alike.strength, torn.strength) == (pytest.approx(20), pytest.approx(2))
    assert (perfect.mean, perfect.strength) == (pytest.approx(0.95), pytest.approx(5))


@pytest.mark.parametrize("record", [(3, 2), (-1, 2), (0, 0)])
def test_no_record_has_more_right_than_answered(record):
    with pytest.raises(ValueError, match="number answered"):
        skill.pool_prior([record])


def test_a_class_is_shown_by_itself_from_fifty_gold_answers():
    confusion = np.array([[40, 9, 0], [5, 44, 1], [0, 0, 60]])
    rare, known, sure = skill.by_class(confusion, Beta(4, 1))
    assert rare is None
    assert known == Beta(48, 7)
    assert sure == Beta(64, 1)
