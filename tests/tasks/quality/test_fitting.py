"""One question fitted: which method, how true its chances, and what gold supports."""

import numpy as np
import pytest

from tasks.quality.calibration import uncalibrated
from tasks.quality.fitting import LEAST_GOLD, fit
from tasks.quality.labels import UNKNOWN, label_table
from tasks.quality.truth.choice import MAJORITY, METHODS, beliefs
from tasks.quality.truth.discount import discount
from tasks.quality.truth.estimate import posterior_of
from tasks.quality.weighing import Label, Model, Part, coin, unfitted, weigh

CLASSES = ("a", "b", "c")


def world(*, tasks=400, each=3, skill=0.8, gold=60, gold_each=12, seed=1):
    """Labels by thirty annotators of this skill; the first tasks are gold and get more labels."""
    random = np.random.default_rng(seed)
    truth = random.integers(3, size=tasks)
    triples = []
    for task in range(tasks):
        for annotator in random.choice(30, gold_each if task < gold else each, replace=False):
            right = random.random() < skill
            said = truth[task] if right else (truth[task] + random.integers(1, 3)) % 3
            triples.append((task, f"annotator {annotator}", CLASSES[said]))
    table = label_table(triples, classes=CLASSES)
    known = np.full(len(table.tasks), UNKNOWN)
    known[:gold] = truth[:gold]
    return table, known, truth


def test_good_annotators_and_gold_support_a_target():
    table, known, truth = world(skill=0.9)
    found = fit(table, known, usual=3, target=0.9)
    assert found.gold == 60
    assert 0.9 <= found.accept_from < 1
    assert "gold tasks" in found.why
    posterior = found.calibration.apply(found.choice.mix(beliefs(table, known)))
    accepted = posterior[60:].max(axis=1) >= found.accept_from
    right = posterior[60:].argmax(axis=1) == truth[60:]
    assert accepted.mean() > 0.5
    assert right[accepted].mean() >= 0.9


def test_guessers_support_nothing_and_the_reason_says_so():
    table, known, _ = world(skill=0.4)
    found = fit(table, known, usual=3, target=0.95)
    assert found.calibration is not None
    assert found.accept_from is None
    assert found.why.startswith(("No task reaches", "Only", "Of "))


def test_too_little_gold_calibrates_nothing():
    table, known, _ = world(gold=LEAST_GOLD - 1)
    found = fit(table, known, usual=3, target=0.95)
    assert (found.calibration, found.accept_from, found.gold) == (None, None, LEAST_GOLD - 1)
    assert found.why == "9 gold tasks were answered: at least 10 are needed to calibrate."
    none = fit(table, np.full(len(table.tasks), UNKNOWN), usual=3, target=0.95)
    assert (none.choice.method, none.gold) == ("pooled_dawid_skene", 0)


def test_calibrated_chances_are_truer_for_gold_the_fit_was_not_told():
    """Everybody errs alike on every fourth task: independent labels would be far too sure."""
    random = np.random.default_rng(4)
    triples, truth = [], []
    for task in range(300):
        kind = int(random.integers(2))
        truth.append(kind)
        hard = task % 4 == 0
        for annotator in random.choice(20, 5, replace=False):
            right = random.random() < (0.3 if hard else 0.95)
            triples.append((task, int(annotator), "ab"[kind if right else 1 - kind]))
    table = label_table(triples, classes="ab")
    known = np.where(np.arange(300) < 100, truth, UNKNOWN)
    found = fit(table, known, usual=5, target=0.95)
    assert found.ece_calibrated < found.ece_raw
    assert sum(one.tasks for one in found.reliability) == 100


def test_gold_is_judged_by_as_many_labels_as_a_task_gets():
    """Thirty labels of a gold task would make it certain, three of any other do not."""
    table, known, _ = world(skill=0.6, gold=60, gold_each=30)
    found = fit(table, known, usual=3, target=0.95)
    mean = sum(one.tasks * one.confidence for one in found.reliability) / 60
    assert mean < 0.85  # with all thirty labels it is above 0.97


def test_the_same_labels_give_the_same_fit():
    table, known, _ = world()
    first, second = (fit(table, known, usual=3, target=0.95) for _ in range(2))
    assert (first.why, first.accept_from) == (second.why, second.accept_from)


def test_weighing_is_bayes_rule_discounted_and_calibrated():
    calm = {"temperature": [1.0], "lapse": [0.0], "weight": [1.0], "gold": 9}
    prior, good = np.array([0.3, 0.7]), np.array([[0.9, 0.1], [0.2, 0.8]])
    stranger = coin(0.6, 2)
    model = Model({"dawid_skene": Part(1.0, prior, stranger)}, type(uncalibrated()).from_data(calm))
    labels = [Label(0, {"dawid_skene": good}), Label(1, {"dawid_skene": stranger})]
    raw = posterior_of([0, 1], [good, stranger], prior)
    # 0.3 * 0.9 * 0.4 against 0.7 * 0.2 * 0.6
    assert raw == pytest.approx([0.5625, 0.4375])
    assert weigh(model, labels) == pytest.approx(discount(raw[None], np.array([2]))[0])
    assert weigh(model, []) == pytest.approx(prior)


def test_a_majority_is_weighed_by_its_shares():
    calm = {"temperature": [1.0], "lapse": [0.0], "weight": [1.0], "gold": 9}
    part = Part(1.0, np.full(3, 1 / 3), coin(0.6, 3))
    model = Model({MAJORITY: part}, type(uncalibrated()).from_data(calm))
    labels = [Label(said, {}) for said in (2, 2, 0)]
    assert weigh(model, labels) == pytest.approx([1 / 3, 0, 2 / 3], abs=1e-9)


def test_before_anything_is_measured_experience_says_how_sure():
    model = unfitted(0.8, 2)
    label = Label(0, {"one_coin": coin(0.8, 2)})
    one, two = weigh(model, [label]), weigh(model, [label] * 2)
    assert 0.75 < one[0] < two[0] < 16 / 17 + 0.02


def live(found, table, task):
    """The chances of one task as they are weighed after each answer, from what a fit found."""
    parts = {
        name: Part(weight, found.estimates[name].prior, found.estimates[name].stranger)
        for name, weight in found.choice.kept.items()
    }
    labels = [
        Label(
            int(table.label[place]),
            {name: one.confusion[table.annotator[place]] for name, one in found.estimates.items()},
        )
        for place in np.flatnonzero(table.task == task)
    ]
    return weigh(Model(parts, found.calibration), labels)


def test_the_live_chances_are_those_of_the_mixture_that_was_measured():
    """Little gold leaves several methods their weight."""
    table, known, _ = world(tasks=80, gold=12, gold_each=5)
    found = fit(table, known, usual=3, target=0.9)
    assert set(found.choice.kept) == set(METHODS)
    whole = found.calibration.apply(found.choice.mix(beliefs(table, known)))
    for task in range(12, 80):
        assert live(found, table, task) == pytest.approx(whole[task], abs=1e-12)


def test_a_method_that_gold_finds_worse_is_dropped_from_the_mixture():
    """Half of the annotators always say a: only those who look tell the classes apart."""
    random = np.random.default_rng(2)
    truth = random.integers(2, size=200)
    triples = [
        (task, who, "ab"[truth[task]] if who < 4 else "a")
        for task in range(200)
        for who in random.choice(10, 5, replace=False).tolist()
    ]
    table = label_table(triples, classes="ab")
    known = np.where(np.arange(200) < 100, truth, UNKNOWN)
    found = fit(table, known, usual=5, target=0.9)
    assert MAJORITY not in found.choice.kept
    assert MAJORITY not in found.estimates
    assert sum(found.choice.kept.values()) == pytest.approx(1)
