"""What a set says of the methods, of the choice among them, of confidences and of acceptance.

Gold tasks are drawn at random among those with a known truth, several times; what is measured is
measured on the other tasks.
"""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.ops.bench.quality_sets import CrowdSet
from tasks.quality.auto_accept import supported
from tasks.quality.calibration import calibrate
from tasks.quality.labels import UNKNOWN, Floats, Ints, LabelTable
from tasks.quality.reliability import LEAST_TASKS, calibration_error
from tasks.quality.scores import accuracy, hits
from tasks.quality.truth.choice import METHODS, beliefs, choose

# The part of tasks that are gold when a model is chosen, at least and at most so many.
CHOICE_SHARE, CHOICE_LEAST, CHOICE_MOST = 0.05, 15, 200
CHOICE_DRAWS, CALIBRATION_DRAWS = 5, 20
CALIBRATION_GOLD = 50
TARGET = 0.95


def methods(crowd: CrowdSet) -> tuple[dict[str, Any], dict[str, Floats]]:
    """Accuracy and seconds of every method on all labels, without gold; and their chances."""
    figures, found = {}, {}
    for name, method in METHODS.items():
        began = time.perf_counter()
        found[name] = method(crowd.table, None).posterior
        seconds = time.perf_counter() - began
        figures[name] = {"accuracy": accuracy(found[name], crowd.truth), "seconds": seconds}
    return figures, found


def chosen(crowd: CrowdSet, rng: np.random.Generator) -> dict[str, Any]:
    """Weights by gold, then all methods told the gold, mixed: the accuracy on all other tasks."""
    judged = np.flatnonzero(crowd.truth != UNKNOWN)
    size = int(np.clip(round(CHOICE_SHARE * judged.size), CHOICE_LEAST, CHOICE_MOST))
    untold = beliefs(crowd.table)
    right, names = [], []
    for _ in range(CHOICE_DRAWS):
        gold, rest = _split(crowd.truth, judged, min(size, judged.size // 2), rng)
        choice = choose(untold, gold)
        right.append(accuracy(choice.mix(beliefs(crowd.table, gold)), rest))
        names.append(choice.method)
    return {"method": Counter(names).most_common(1)[0][0], "accuracy": float(np.mean(right))}


@dataclass(slots=True)
class _Sums:
    """Over all draws: tasks that could be accepted, were, and were wrong."""

    tasks: int = 0
    accepted: int = 0
    wrong: float = 0.0


def confidence(crowd: CrowdSet, raw: dict[str, Floats], rng: np.random.Generator) -> dict[str, Any]:
    """Calibration errors with 50 gold tasks, and what is accepted unseen at .95.

    `ece_raw` is of the chosen method's own chances; `ece_calibrated_ten_bins` joins no bins. The
    posterior that is calibrated was told no gold; the same gold chooses and calibrates. Accepted
    tasks of all draws are counted together.
    """
    part = crowd.judged()
    judged = np.flatnonzero(crowd.truth != UNKNOWN)
    judged = judged[np.bincount(crowd.table.task, minlength=crowd.truth.size)[judged] > 0]
    found = {name: chances[judged] for name, chances in beliefs(crowd.table).items()}
    gaps, sums, why = [], _Sums(), Counter[str]()
    for _ in range(CALIBRATION_DRAWS):
        every = np.arange(judged.size)
        gold, rest = _split(part.truth, every, min(CALIBRATION_GOLD, judged.size // 2), rng)
        choice = choose(found, gold)
        mixed = choice.mix(found)
        sure = calibrate(mixed, gold).apply(mixed).max(axis=1)
        told, untold = np.flatnonzero(gold != UNKNOWN), np.flatnonzero(rest != UNKNOWN)
        own = raw[choice.method][judged]
        gaps.append(
            (
                _gap(own.max(axis=1), own, rest),
                _gap(sure, mixed, rest),
                _gap(sure, mixed, rest, least=1),
            )
        )
        found_support = supported(sure[untold], sure[told], hits(mixed, gold), TARGET)
        why[found_support.why if found_support.threshold is None else "supported"] += 1
        _count(sums, found_support.threshold, sure[untold], hits(mixed, rest))
    before, after, unjoined = np.mean(gaps, axis=0).tolist()
    accepted = {
        "share": sums.accepted / sums.tasks,
        "error": sums.wrong / sums.accepted if sums.accepted else 0.0,
        "supported": why["supported"] / CALIBRATION_DRAWS,
    }
    return {
        "ece_raw": before,
        "ece_calibrated": after,
        "ece_calibrated_ten_bins": unjoined,
        "auto_accept": accepted,
    }


def speed(rng: np.random.Generator) -> dict[str, float]:
    """Seconds of every method for 100,000 labels: 20,000 tasks, 500 annotators, 4 classes."""
    tasks, annotators, classes, labels = 20_000, 500, 4, 100_000
    truth = rng.integers(0, classes, tasks)
    task = np.repeat(np.arange(tasks), labels // tasks)
    annotator = rng.integers(0, annotators, labels)
    right = rng.random(labels) < rng.uniform(0.4, 0.95, annotators)[annotator]
    said = np.where(right, truth[task], rng.integers(0, classes, labels))
    names = (tuple(range(tasks)), tuple(range(annotators)), tuple(range(classes)))
    table = LabelTable(*names, task, annotator, said)
    seconds = {}
    for name, method in METHODS.items():
        began = time.perf_counter()
        method(table, None)
        seconds[name] = time.perf_counter() - began
    return seconds


def _split(truth: Ints, judged: Ints, size: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """The truth of so many gold tasks, and that of the others."""
    drawn = rng.permutation(judged)[:size]
    gold = np.full(truth.size, UNKNOWN)
    gold[drawn] = truth[drawn]
    return gold, np.where(gold == UNKNOWN, truth, UNKNOWN)


def _gap(sure: Floats, chances: Floats, rest: Ints, least: int = LEAST_TASKS) -> float:
    return calibration_error(sure[rest != UNKNOWN], hits(chances, rest), least)


def _count(sums: _Sums, threshold: float | None, sure: Floats, hit: Floats) -> None:
    sums.tasks += sure.size
    if threshold is not None:
        taken = sure >= threshold
        sums.accepted += int(taken.sum())
        sums.wrong += float((1 - hit[taken]).sum())
