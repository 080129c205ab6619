"""Which model, and how sure: weights by gold, evidence discounted for what labels share."""

import numpy as np
import pytest

from tasks.quality.labels import UNKNOWN
from tasks.quality.scores import accuracy
from tasks.quality.truth.choice import METHODS, beliefs, choose
from tasks.quality.truth.discount import discount
from tests.oracle.crowds import SHAPES
from tests.tasks.quality.crowds import made

RIGHT, WRONG = np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])


def test_without_gold_the_first_method_answers_alone():
    choice = choose({"a": RIGHT, "b": WRONG}, np.array([UNKNOWN]))
    assert (choice.method, choice.weights) == ("a", {"a": 1.0, "b": 0.0})


def test_every_two_gold_tasks_that_one_has_right_alone_are_worth_e():
    wrong, right = np.repeat(WRONG, 2, axis=0), np.repeat(RIGHT, 2, axis=0)
    choice = choose({"a": wrong, "b": right}, np.array([0, 0]))
    assert choice.method == "b"
    assert choice.weights["b"] / choice.weights["a"] == pytest.approx(np.e)
    share = np.e / (1 + np.e)
    assert choice.mix({"a": WRONG, "b": RIGHT})[0, 0] == pytest.approx(
        0.9 * share + 0.2 * (1 - share)
    )


def test_of_equals_the_first_is_named():
    assert choose({"a": RIGHT, "b": RIGHT}, np.array([0])).method == "a"


def test_the_mixture_is_better_than_a_method_picked_blindly():
    """Over the made-up crowds, with twenty gold tasks each; no method is best on all of them."""
    right = []
    for name in SHAPES:
        table, truth = made(name)
        found = beliefs(table)
        gold = np.where(np.arange(truth.size) < 20, truth, UNKNOWN)
        rest = np.where(np.arange(truth.size) < 20, UNKNOWN, truth)
        answers = [*(found[method] for method in METHODS), choose(found, gold).mix(found)]
        right.append([accuracy(answer, rest) for answer in answers])
    *methods, mixed = np.mean(right, axis=0)
    assert mixed > np.mean(methods)
    assert mixed > max(methods) - 0.025


def test_the_discount_keeps_the_order_and_leaves_single_labels_alone():
    posterior = np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [1.0, 0.0, 0.0]])
    less = discount(posterior, np.array([0, 1, 8, 1]))
    assert less[0] == pytest.approx(posterior[0])
    assert less[0].tolist() == less[1].tolist()
    odds = (1 + np.log(0.7 / 0.2) / 8**0.55 / 6) ** 6
    assert less[2, 0] / less[2, 1] == pytest.approx(odds)
    assert (less.argsort(axis=1)[:3] == posterior.argsort(axis=1)[:3]).all()
    assert less[3] == pytest.approx(posterior[3])
    assert less.sum(axis=1) == pytest.approx(np.ones(4))


def test_copied_labels_are_hardly_more_evidence():
    """Twenty labels that say what one says: independent they would be certain."""
    odds = 4.0**20
    naive = np.array([[odds / (1 + odds), 1 / (1 + odds)]])
    assert naive[0, 0] > 0.999999
    assert discount(naive, np.array([20]))[0, 0] < 0.99
