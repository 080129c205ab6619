"""How right answers are, how true confidences, and how many labels a stopping rule saves.

Reads every `NAME.labels.csv` (`task,worker,label`) with its `NAME.truth.csv` (`task,truth`; some of
the tasks will do) in a folder. Touches no database. Nothing is tuned to a set: one plan, one
threshold, one calibration for all; the same seed gives the same figures but for the seconds.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from django.core.management.base import CommandError

from marketplace.ops.bench import quality_measure
from marketplace.ops.bench.quality_replay import (
    Outcome,
    Stage,
    cold_stage,
    majority_of,
    quiz_stage,
    replay,
)
from marketplace.ops.bench.quality_sets import CrowdSet, SetError, read_sets
from marketplace.ops.bench.table import Table
from tasks.quality.enough import Plan

PLAN = Plan()
FIXED = 3
RULES = ("cold", "quiz10", "quiz10_route")
# Other targets of the plan, to see at how many labels it is as right as three each.
TARGETS = (0.4, 0.55, 0.65, 0.75, 0.85, 0.92)
REPLAYS = 4


def add_arguments(parser: ArgumentParser) -> None:
    """Where the sets lie."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of sets")
    parser.add_argument("--seed", type=int, default=1, help="of every draw")
    parser.add_argument("--replays", type=int, default=REPLAYS, help="replays of each set")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Measure set by set, print, and average."""
    sets: dict[str, Any] = {}
    try:
        for crowd in read_sets(options["data"]):
            # A set's draws do not depend on which other sets lie beside it.
            seed = (options["seed"], crc32(crowd.name.encode()))
            sets[crowd.name] = measure(crowd, seed, options["replays"])
            _say(out, crowd.name, sets[crowd.name])
    except SetError as error:
        raise CommandError(str(error)) from error
    mean = average(list(sets.values()))
    _say(out, "mean", mean)
    seconds = quality_measure.speed(np.random.default_rng(options["seed"]))
    for name, one in seconds.items():
        out.figure(f"seconds for 100,000 labels, {name}", one, decimals=3)
    ratios = {rule: cost_ratio(list(sets.values()), rule) for rule in RULES}
    for rule, ratio in ratios.items():
        out.ratio(f"cost of a right answer, {rule}", ratio, "three labels each")
        needed = mean["labels_for_majority3"][rule]
        if needed is not None:
            out.ratio(f"labels for the same accuracy, {rule}", needed, "three labels each")
    return {
        "sets": sets,
        "mean": mean,
        "seconds_100k_labels": seconds,
        "cost_against_majority3": ratios,
        "plan": {"target": PLAN.target, "least": PLAN.least, "most": PLAN.most},
        "seed": options["seed"],
    }


def measure(crowd: CrowdSet, seed: tuple[int, int], replays: int) -> dict[str, Any]:
    """All figures of one set."""
    figures, raw = quality_measure.methods(crowd)
    return {
        "methods": figures,
        "chosen": quality_measure.chosen(crowd, np.random.default_rng((*seed, 1))),
        **quality_measure.confidence(crowd, raw, np.random.default_rng((*seed, 2))),
        **replayed(crowd.judged(), seed, replays),
    }


def replayed(crowd: CrowdSet, seed: tuple[int, int], replays: int) -> dict[str, Any]:
    """The replay of every rule with the plan, and the labels for the accuracy of three each."""
    bought: dict[str, list[Outcome]] = {}
    curves: dict[str, list[list[Outcome]]] = {rule: [] for rule in RULES}
    for number in range(replays):
        draw = np.random.default_rng((*seed, 3, number))
        quiz, cold = quiz_stage(crowd, draw), cold_stage(crowd, PLAN, draw)
        bought.setdefault("majority3", []).append(majority_of(quiz, FIXED))
        bought.setdefault("majority_all", []).append(majority_of(quiz, None))
        for rule in RULES:
            stage = cold if rule == "cold" else quiz
            curves[rule].append(_curve(stage, route=rule == "quiz10_route"))
            bought.setdefault(rule, []).append(curves[rule][-1][0])
    fixed = _mean(bought["majority3"])
    needed = {
        rule: labels_needed(fixed, [_mean(points) for points in zip(*curve, strict=True)])
        for rule, curve in curves.items()
    }
    rules = {rule: _figures(_mean(outcomes)) for rule, outcomes in bought.items()}
    return {"replay": rules, "labels_for_majority3": needed}


def labels_needed(fixed: Outcome, curve: Sequence[Outcome]) -> float | None:
    """Labels at which a rule is as right as `fixed`, as a part of fixed's; None if it never is.

    Between two measured points a straight line; at its fewest labels a rule needs those.
    """
    points = sorted(curve, key=lambda one: one.labels_per_task)
    reached = np.maximum.accumulate([one.accuracy for one in points])
    if reached[-1] < fixed.accuracy:
        return None
    labels = np.interp(fixed.accuracy, reached, [one.labels_per_task for one in points])
    return float(labels) / fixed.labels_per_task


def average(sets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same shape with means; the method named is the one chosen most often, and an error is
    averaged over the sets where anything was accepted."""
    mean: dict[str, Any] = _averaged(sets)
    names = Counter(one["chosen"]["method"] for one in sets)
    mean["chosen"]["method"] = names.most_common(1)[0][0]
    errors = [one["auto_accept"]["error"] for one in sets if one["auto_accept"]["share"] > 0]
    mean["auto_accept"]["error"] = float(np.mean(errors)) if errors else 0.0
    return mean


def cost_ratio(sets: Sequence[dict[str, Any]], rule: str) -> float:
    """The mean cost of a right answer over the sets, as a part of that of three labels each."""
    ours, fixed = (
        np.mean([one["replay"][name]["cost_per_correct"] for one in sets])
        for name in (rule, "majority3")
    )
    return float(ours / fixed)


def _averaged(values: Sequence[Any]) -> Any:
    if isinstance(values[0], dict):
        return {key: _averaged([value[key] for value in values]) for key in values[0]}
    if isinstance(values[0], str):
        return values[0]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _curve(stage: Stage, *, route: bool) -> list[Outcome]:
    """The plan itself, then the same with other targets."""
    plans = (PLAN, *(replace(PLAN, target=target) for target in TARGETS))
    return [replay(stage, plan, route=route) for plan in plans]


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        float(np.mean([one.labels_per_task for one in outcomes])),
        float(np.mean([one.accuracy for one in outcomes])),
    )


def _figures(outcome: Outcome) -> dict[str, float]:
    return {
        "labels_per_task": outcome.labels_per_task,
        "accuracy": outcome.accuracy,
        "cost_per_correct": outcome.cost_per_correct,
    }


def _say(out: Table, name: str, figures: dict[str, Any]) -> None:
    right = " ".join(f"{one['accuracy']:.4f}" for one in figures["methods"].values())
    accepted, needed = figures["auto_accept"], figures["labels_for_majority3"]
    out.say(
        f"{name}: accuracy {right} chosen {figures['chosen']['accuracy']:.4f}"
        f" ({figures['chosen']['method']})"
    )
    out.say(
        f"  ece {figures['ece_raw']:.3f} -> {figures['ece_calibrated']:.3f}"
        f"  accepted {accepted['share']:.0%} with {accepted['error']:.1%} wrong"
    )
    for rule, one in figures["replay"].items():
        share = needed.get(rule)
        same = "" if share is None else f"  as right as three each at {share:.0%}"
        out.say(
            f"  {rule:<13} {one['labels_per_task']:5.2f} labels {one['accuracy']:.4f} right"
            f" {one['cost_per_correct']:5.2f} for a right one{same}"
        )
