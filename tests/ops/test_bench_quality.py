"""The benchmark of quality: its figures on sets made for it, its shape, and what it refuses."""

import csv
import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from marketplace.ops.bench.quality import average, cost_ratio, labels_needed
from marketplace.ops.bench.quality_replay import (
    Outcome,
    cold_stage,
    majority_of,
    quiz_stage,
    replay,
)
from marketplace.ops.bench.quality_sets import SetError, read_set, read_sets
from tasks.quality.enough import Plan
from tasks.quality.labels import UNKNOWN
from tests.oracle.crowds import crowd

METHODS = {"majority", "one_coin", "dawid_skene", "pooled_dawid_skene"}
RULES = {"majority3", "majority_all", "cold", "quiz10", "quiz10_route"}


def write(folder, name, triples, truth):
    for end, head, rows in (
        ("labels", ("task", "worker", "label"), triples),
        ("truth", ("task", "truth"), truth),
    ):
        with (folder / f"{name}.{end}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([head, *rows])


def write_crowd(folder, name):
    triples, truth = crowd(name)
    write(folder, name, triples, enumerate(truth))


def bench(folder, *words):
    said = io.StringIO()
    file = folder / "figures.json"
    call_command(
        "bench", "quality", "--data", str(folder), "--json", str(file), *words, stdout=said
    )
    return json.loads(file.read_text()), said.getvalue()


def test_the_figures_have_their_shape_and_the_same_seed_gives_the_same(tmp_path):
    write_crowd(tmp_path, "two")
    figures, said = bench(tmp_path, "--replays", "1")
    again, _ = bench(tmp_path, "--replays", "1")
    other, _ = bench(tmp_path, "--replays", "1", "--seed", "2")
    one = figures["sets"]["two"]
    assert set(one["methods"]) == METHODS
    assert set(one["replay"]) == RULES
    assert set(one["chosen"]) == {"method", "accuracy"}
    assert {"share", "error"} <= set(one["auto_accept"])
    assert {"ece_raw", "ece_calibrated"} <= set(one)
    assert set(figures["mean"]) == set(one)
    assert one["replay"] == figures["mean"]["replay"] == again["sets"]["two"]["replay"]
    assert other["sets"]["two"]["replay"] != one["replay"]
    for rule in one["replay"].values():
        assert rule["cost_per_correct"] == pytest.approx(rule["labels_per_task"] / rule["accuracy"])
    assert set(figures["seconds_100k_labels"]) == METHODS
    assert "two: accuracy" in said


def test_a_set_may_be_odd(tmp_path):
    """Truth of some tasks, a truth nobody gave, a truth without labels, labels given twice, blanks
    in names, an annotator with one label."""
    rows = [(f"t {n}", f"a{n % 5}", "no, never" if n % 3 else "yes") for n in range(60)]
    rows += [("t 0", "a0", "no, never"), ("t 1", "once", " yes "), ("t 2", "blank", "")]
    truth = [(f"t {n}", "yes") for n in range(29)] + [("t 29", "unheard of"), ("nowhere", "odd")]
    write(tmp_path, "odd", rows, truth)
    read = read_set(tmp_path, "odd")
    assert read.table.classes == ("no, never", "unheard of", "yes")
    assert (read.table.size, len(read.table.tasks)) == (61, 60)
    assert (read.truth != UNKNOWN).sum() == 30
    figures, _ = bench(tmp_path, "--replays", "1")
    assert 0 < figures["sets"]["odd"]["methods"]["majority"]["accuracy"] < 1


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no NAME.labels.csv"),
        ({"a.labels.csv": "task,worker,label\n1,2,3\n"}, "a.truth.csv cannot be read"),
        (
            {"a.labels.csv": "task,label\n1,2\n", "a.truth.csv": "task,truth\n"},
            "lacks the column worker",
        ),
        (
            {"a.labels.csv": "task,worker,label\n1,2,3\n", "a.truth.csv": "task,truth\n9,3\n"},
            "no task has both",
        ),
        (
            {"a.labels.csv": "task,worker,label\n1,2,3\n", "a.truth.csv": "task,truth\n1,3\n"},
            "at least two classes",
        ),
        ({"a.labels.csv": b"\xff\xfe\x00", "a.truth.csv": "task,truth\n1,3\n"}, "not UTF-8"),
    ],
)
def test_what_is_no_set_is_a_sentence(tmp_path, files, sentence):
    for name, text in files.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SetError, match=sentence):
        list(read_sets(tmp_path))
    with pytest.raises(CommandError, match=sentence):
        call_command("bench", "quality", "--data", str(tmp_path), stdout=io.StringIO())


def made(folder, name="four"):
    write_crowd(folder, name)
    return read_set(folder, name).judged()


def test_the_quiz_and_the_replay_share_no_task_and_nobody_has_more_than_ten(tmp_path):
    crowd_ = made(tmp_path)
    stage = quiz_stage(crowd_, np.random.default_rng(1))
    asked = crowd_.table.task[stage.kept]
    assert not set(asked) & set(stage.replayed)
    assert (stage.known[stage.replayed] == UNKNOWN).all()
    assert np.bincount(crowd_.table.annotator[stage.kept]).max() == 10
    assert stage.replayed.size == 75
    assert stage.spent == 0


def test_gold_in_the_cold_costs_what_it_has_and_answers_nothing(tmp_path):
    crowd_ = made(tmp_path)
    stage = cold_stage(crowd_, Plan(most=4), np.random.default_rng(1))
    assert (stage.known != UNKNOWN).sum() == 5
    assert stage.spent == 20
    assert stage.replayed.size == 70


def test_a_replay_keeps_the_plan(tmp_path):
    """Between the least and the most; at a target nothing reaches, the most or all there are."""
    stage = quiz_stage(made(tmp_path), np.random.default_rng(1))
    for route in (False, True):
        assert replay(stage, Plan(target=0.01), route=route).labels_per_task == 1
        assert replay(stage, Plan(target=0.01, least=2), route=route).labels_per_task == 2
        assert replay(stage, Plan(target=0.999999, most=3), route=route).labels_per_task == 3
        assert replay(stage, Plan(target=0.999999, most=99), route=route).labels_per_task == 6
        usual = replay(stage, Plan(), route=route)
        assert 1 < usual.labels_per_task < 3
        assert usual.accuracy > majority_of(stage, 3).accuracy


def test_all_labels_in_any_order_are_the_same_majority(tmp_path):
    crowd_ = made(tmp_path)
    stages = [quiz_stage(crowd_, np.random.default_rng(1)) for _ in range(2)]
    assert majority_of(stages[0], None) == majority_of(stages[1], 6)
    assert majority_of(stages[0], 3).labels_per_task == 3


def test_labels_needed_by_hand():
    fixed = Outcome(3.0, 0.8)
    curve = [Outcome(2.0, 0.9), Outcome(1.0, 0.7)]
    assert labels_needed(fixed, curve) == pytest.approx(0.5)
    assert labels_needed(fixed, [Outcome(1.0, 0.85), Outcome(2.0, 0.9)]) == pytest.approx(1 / 3)
    assert labels_needed(fixed, [Outcome(1.0, 0.7), Outcome(4.0, 0.79)]) is None


def test_means_leave_out_what_was_never_reached_or_accepted():
    def one(share, error, needed, cost):
        return {
            "chosen": {"method": "majority" if needed else "one_coin", "accuracy": 0.5},
            "auto_accept": {"share": share, "error": error},
            "labels_for_majority3": {"cold": needed},
            "replay": {
                "cold": {"cost_per_correct": cost},
                "majority3": {"cost_per_correct": 4.0},
            },
        }

    sets = [one(0.0, 0.0, None, 2.0), one(0.5, 0.04, 0.5, 3.0), one(0.1, 0.02, 0.7, 4.0)]
    mean = average(sets)
    assert mean["auto_accept"] == {"share": pytest.approx(0.2), "error": pytest.approx(0.03)}
    assert mean["labels_for_majority3"]["cold"] == pytest.approx(0.6)
    assert mean["chosen"] == {"method": "majority", "accuracy": 0.5}
    assert cost_ratio(sets, "cold") == pytest.approx(0.75)
