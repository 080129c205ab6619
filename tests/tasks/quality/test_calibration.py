"""Confidences that are true: temperature and lapse learned from gold, bins, what may be accepted."""

import json

import numpy as np
import pytest

from tasks.quality.auto_accept import supported
from tasks.quality.calibration import Calibration, calibrate, uncalibrated
from tasks.quality.labels import UNKNOWN
from tasks.quality.reliability import bins, calibration_error


def world(rng, tasks, temperature=1.0, classes=3, lapse=0.0):
    """Chances as a model states them, too sure by `temperature`, and classes drawn by the truth."""
    logits = 2 * rng.standard_normal((tasks, classes))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (rng.random((tasks, 1)) > np.cumsum(honest, axis=1)[:, :-1]).sum(axis=1)
    astray = rng.random(tasks) < lapse
    truth[astray] = rng.integers(0, classes, astray.sum())
    stated = honest**temperature
    return stated / stated.sum(axis=1, keepdims=True), truth


def gap(posterior, truth):
    return calibration_error(posterior.max(axis=1), (posterior.argmax(axis=1) == truth) * 1.0)


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.0, 3.0])
def test_much_gold_finds_the_temperature(temperature):
    rng = np.random.default_rng(3)
    posterior, truth = world(rng, 4000, temperature)
    learned = calibrate(posterior, truth)
    assert learned.weight @ learned.temperature == pytest.approx(temperature, rel=0.08)
    assert learned.gold == 4000


def test_fifty_gold_tasks_mend_a_model_that_is_too_sure():
    rng = np.random.default_rng(4)
    before, after = [], []
    for _ in range(20):
        posterior, truth = world(rng, 2050, 3.0)
        gold = np.where(np.arange(2050) < 50, truth, UNKNOWN)
        rest = slice(50, None)
        learned = calibrate(posterior, gold)
        assert learned.gold == 50
        before.append(gap(posterior[rest], truth[rest]))
        after.append(gap(learned.apply(posterior[rest]), truth[rest]))
    assert np.mean(before) > 0.1
    assert np.mean(after) < 0.05


def test_a_lapse_is_what_no_evidence_takes_away():
    """One task in six misleads everybody: no calibrated confidence goes near 1."""
    rng = np.random.default_rng(5)
    posterior, truth = world(rng, 3000, 1.0, lapse=0.16)
    certain = calibrate(posterior, truth).apply(np.array([[1.0, 0.0, 0.0]]))
    assert 0.86 < certain[0, 0] < 0.92
    assert certain.sum() == pytest.approx(1)


def test_the_order_of_a_tasks_classes_stays_and_chances_add_up():
    rng = np.random.default_rng(6)
    posterior, truth = world(rng, 300, 2.0, classes=5)
    mended = calibrate(posterior, truth).apply(posterior)
    assert (mended.argsort(axis=1) == posterior.argsort(axis=1)).all()
    assert mended.sum(axis=1) == pytest.approx(np.ones(300))


def test_without_gold_it_is_experience_and_says_so():
    prior = uncalibrated()
    assert (prior.calibrated, prior.gold) == (False, 0)
    assert prior.weight @ prior.temperature == pytest.approx(0.9, abs=0.05)
    assert calibrate(np.array([[0.9, 0.1]]), np.array([0])).calibrated


def test_it_can_be_stored():
    rng = np.random.default_rng(7)
    posterior, truth = world(rng, 60)
    learned = calibrate(posterior, truth)
    again = Calibration.from_data(json.loads(json.dumps(learned.as_data())))
    assert again.gold == 60
    assert again.apply(posterior).tolist() == learned.apply(posterior).tolist()


def test_gold_of_another_length_is_refused():
    with pytest.raises(ValueError, match="Each row"):
        calibrate(np.array([[0.5, 0.5]]), np.array([0, 1]))


def test_bins_by_hand():
    confidence = np.array([0.55, 0.59, 0.9, 1.0])
    hit = np.array([0.5, 0.0, 1.0, 1.0])
    low, high = bins(confidence, hit, least=1)
    assert (low.low, low.high, low.tasks, low.right) == (0.5, 0.6, 2, 0.25)
    assert low.confidence == pytest.approx(0.57)
    assert (high.tasks, high.confidence, high.right) == (2, 0.95, 1.0)
    assert calibration_error(confidence, hit, least=1) == pytest.approx((0.32 + 0.05) / 2)
    assert np.isnan(calibration_error(np.array([]), np.array([])))


def test_a_bin_of_few_tasks_joins_the_next_and_the_last_the_one_below():
    confidence = np.repeat([0.15, 0.45, 0.75, 0.95], [1, 2, 4, 1])
    hit = np.repeat([0.0, 1.0, 1.0, 0.0], [1, 2, 4, 1])
    found = bins(confidence, hit, least=3)
    assert [(one.low, one.high, one.tasks) for one in found] == [(0.1, 0.5, 3), (0.7, 1.0, 5)]
    assert [one.right for one in found] == pytest.approx([2 / 3, 0.8])
    (alone,) = bins(confidence, hit)
    assert (alone.low, alone.high, alone.tasks) == (0.1, 1.0, 8)


def test_good_gold_supports_acceptance():
    sure = np.full(100, 0.98)
    found = supported(sure, np.full(50, 0.98), np.ones(50))
    assert found.threshold == 0.95
    assert (found.share, found.gold, found.wrong) == (1.0, 50, 0)
    assert found.error == pytest.approx(0.25 / 60)
    assert found.bound < 0.05
    assert found.why.startswith(
        "From a confidence of 0.950 on: of 50 gold tasks there 0 were wrong"
    )


def test_wrong_gold_raises_the_threshold_or_refuses():
    gold = np.concatenate([np.full(20, 0.96), np.full(40, 0.995)])
    hit = np.concatenate([np.zeros(5), np.ones(55)])
    mixed = supported(np.array([0.96, 0.995, 0.999]), gold, hit)
    assert mixed.threshold == 0.995
    assert mixed.share == pytest.approx(2 / 3)
    refused = supported(np.full(10, 0.96), gold[:20], hit[:20])
    assert (refused.threshold, refused.gold, refused.wrong) == (None, 20, 5)
    assert refused.why.startswith("Of 20 gold tasks with a confidence of 95% or more 5 were wrong")


@pytest.mark.parametrize(
    ("confidence", "gold", "sentence"),
    [
        ([0.5, 0.9], [0.99] * 9, "No task reaches a confidence of 95%."),
        ([0.99], [0.99] * 13 + [0.5] * 40, "Only 13 gold tasks reach a confidence of 95%"),
        ([0.99], [], "Only 0 gold tasks"),
        ([], [0.99] * 9, "No task reaches"),
    ],
)
def test_nothing_is_accepted_where_nothing_supports_it(confidence, gold, sentence):
    found = supported(np.array(confidence), np.array(gold), np.ones(len(gold)))
    assert found.threshold is None
    assert found.why.startswith(sentence)


@pytest.mark.parametrize(
    ("gold", "wrong", "enough"), [(14, 0, 0), (15, 0, 1), (58, 1, 0), (59, 1, 1)]
)
def test_how_much_gold_supports_a_target_of_95(gold, wrong, enough):
    hit = np.ones(gold)
    hit[:wrong] = 0
    found = supported(np.array([0.99]), np.full(gold, 0.99), hit)
    assert (found.threshold is not None) == enough


def test_a_target_is_a_chance():
    with pytest.raises(ValueError, match="between 0 and 1"):
        supported(np.array([0.9]), np.array([0.9]), np.array([1.0]), target=95)
