"""Truth inference against crowd-kit, and what no library tells: priors, gold, odd tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from tasks.quality.labels import UNKNOWN, label_table
from tasks.quality.scores import accuracy
from tasks.quality.truth.dawid_skene import (
    dawid_skene,
    expectation_maximization,
    pooled_dawid_skene,
)
from tasks.quality.truth.estimate import posterior_of
from tasks.quality.truth.one_coin import one_coin
from tasks.quality.truth.voting import majority
from tests.oracle.crowds import SHAPES
from tests.tasks.quality.crowds import made

ORACLE = json.loads((Path(__file__).parent / "oracle" / "truth.json").read_text())
METHODS = (majority, one_coin, dawid_skene, pooled_dawid_skene)


def likelihood(counts):
    """Confusion matrices without any prior, as crowd-kit counts them."""
    rows = counts.sum(axis=2, keepdims=True)
    matrices = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    return matrices, matrices[0]


@pytest.mark.parametrize("name", SHAPES)
def test_majority_is_crowd_kits(name):
    table, _ = made(name)
    expected = np.array(ORACLE[name]["majority"]["chances"])
    assert majority(table).posterior == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", SHAPES)
def test_without_priors_dawid_skene_is_crowd_kits(name):
    """The same rounds lead to the same chances, but for the little that each class is given."""
    table, _ = made(name)
    ours = expectation_maximization(table, None, likelihood, rounds_at_most=200, settled=1e-9)
    theirs = np.array(ORACLE[name]["dawid_skene"]["chances"])
    same = ours.posterior.argmax(axis=1) == theirs.argmax(axis=1)
    assert same.mean() >= 0.99
    assert np.abs(ours.posterior - theirs).sum(axis=1).mean() < 0.02


@pytest.mark.parametrize("method", [dawid_skene, pooled_dawid_skene])
def test_priors_lose_nothing_against_crowd_kit(method):
    ours = [accuracy(method(made(name)[0]).posterior, made(name)[1]) for name in SHAPES]
    theirs = [ORACLE[name]["dawid_skene"]["accuracy"] for name in SHAPES]
    assert np.mean(ours) >= np.mean(theirs)
    assert np.min(np.subtract(ours, theirs)) >= -2 / 150 - 1e-6


@pytest.mark.parametrize("name", SHAPES)
def test_one_coin_is_as_right_as_crowd_kits(name):
    table, truth = made(name)
    theirs = ORACLE[name]["one_coin"]["accuracy"]
    assert accuracy(one_coin(table).posterior, truth) >= theirs - 2 / 150 - 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_every_estimate_is_made_of_chances(method):
    table, _ = made("seven")
    estimate = method(table)
    tasks, annotators, classes = table.shape
    assert estimate.posterior.shape == (tasks, classes)
    assert estimate.confusion.shape == (annotators, classes, classes)
    parts = (estimate.posterior, estimate.prior, estimate.confusion, estimate.stranger)
    for part in parts:
        assert part.sum(axis=-1) == pytest.approx(np.ones(part.shape[:-1]))
        assert part.min() >= 0


@pytest.mark.parametrize("method", METHODS)
def test_gold_is_certain_and_tells_of_the_annotators(method):
    """Three liars outvote one honest annotator until half of the tasks are known."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 2, 40)
    triples = [(task, "honest", int(truth[task])) for task in range(40)]
    triples += [(task, f"liar{n}", int(1 - truth[task])) for task in range(40) for n in range(3)]
    table = label_table(triples, classes=(0, 1), tasks=range(40))
    known = np.where(np.arange(40) < 20, truth, UNKNOWN)
    estimate = method(table, known)
    assert estimate.posterior[:20].tolist() == np.eye(2)[truth[:20]].tolist()
    rest = np.where(np.arange(40) < 20, UNKNOWN, truth)
    assert accuracy(method(table).posterior, truth) == 0.0
    expected = 0.0 if method is majority else 1.0
    assert accuracy(estimate.posterior, rest) == expected


@pytest.mark.parametrize("method", METHODS)
def test_odd_tables_have_an_estimate_too(method):
    """No label at all; one label; a task nobody labelled; a class nobody gave."""
    nothing = method(label_table([], classes="ab"))
    assert nothing.posterior.shape == (0, 2)
    assert nothing.prior == pytest.approx([0.5, 0.5])
    one = method(label_table([("t", "ada", "b")], classes="abc", tasks=["t", "empty"]))
    assert one.posterior[0].argmax() == 1
    assert np.isfinite(one.posterior).all()


@pytest.mark.parametrize("method", [one_coin, dawid_skene, pooled_dawid_skene])
def test_one_tasks_posterior_is_the_tables(method):
    """The stored parameters say of each task what the last round said of it."""
    table, _ = made("four")
    estimate = method(table)
    for task in (0, 7, 149):
        here = table.task == task
        matrices = [estimate.confusion[one] for one in table.annotator[here]]
        alone = posterior_of(table.label[here].tolist(), matrices, estimate.prior)
        assert alone == pytest.approx(estimate.posterior[task], abs=1e-9)


def test_one_task_by_hand():
    prior = np.array([0.75, 0.25])
    sharp = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert posterior_of([], [], prior) == pytest.approx(prior)
    assert posterior_of([1], [sharp], prior) == pytest.approx([0.075 / 0.275, 0.2 / 0.275])
    with pytest.raises(ValueError, match="2 is none of the classes"):
        posterior_of([2], [sharp], prior)
    with pytest.raises(ValueError, match="zip"):
        posterior_of([1, 1], [sharp], prior)


def test_a_tie_is_split():
    posterior = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    assert accuracy(posterior, np.array([0, 1, UNKNOWN])) == 0.25
    assert np.isnan(accuracy(posterior, np.full(3, UNKNOWN)))
