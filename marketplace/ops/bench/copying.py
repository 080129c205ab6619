"""How many injected copiers are found among the annotators of real crowds, and at what cost.

For each `NAME.labels.csv` (`task,worker,label`) in a folder: one annotator in ten copies 80 % of
the labels shared with another; every pair with 20 tasks in common is scored. Figures are means over
draws: AUC of copying pairs over all others, the share of them found where 1 % of the others are
flagged (the aim), and both shares at the limit in use. Real crowds may hold real copiers, so the
others are not all innocent.
"""

import csv
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError
from numpy.typing import NDArray

from marketplace.ops.bench.table import Table
from tasks.quality.copying import LEAST_SHARED, LIMIT, Pairs, copying
from tasks.quality.labels import LabelTable, label_table
from tasks.quality.truth.dawid_skene import pooled_dawid_skene

COPIED = 0.8
ONE_IN = 10
LEAST_COPIERS = 3
ENDING = ".labels.csv"
FALSE_PAIRS = 0.01


def add_arguments(parser: ArgumentParser) -> None:
    """Where the crowds lie, and how often to draw."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help=f"a folder of NAME{ENDING}"
    )
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Measure set by set; touches no database. Sets where hardly anybody meets are left out."""
    sets: dict[str, dict[str, float]] = {}
    for path in sorted(options["data"].glob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        found = measure(read(path), options["draws"], options["seed"])
        if found is None:
            out.say(f"{name}: too few pairs share {LEAST_SHARED} tasks.")
            continue
        sets[name] = found
        out.figure(f"{name}, AUC", found["auc"], f"{found['pairs']:.0f} pairs", decimals=3)
        out.ratio(f"{name}, found at 1 % false pairs", found["found"], "injected pairs")
    if not sets:
        raise CommandError(f"No set in {options['data']} has enough overlap.")
    mean = {key: float(np.mean([one[key] for one in sets.values()])) for key in sets[min(sets)]}
    for key in ("auc", "found", "found_at_limit", "false_at_limit", "seconds"):
        out.figure(f"mean over {len(sets)} sets: {key}", mean[key], decimals=3)
    return {"sets": sets, "mean": mean}


def read(path: Path) -> LabelTable:
    """The labels of one set."""
    with path.open(newline="") as file:
        rows = [(row["task"], row["worker"], row["label"]) for row in csv.DictReader(file)]
    return label_table(rows, classes=sorted({label for _, _, label in rows}))


def measure(table: LabelTable, draws: int, seed: int) -> dict[str, float] | None:
    """Means over draws; None where fewer than LEAST_COPIERS pairs can copy."""
    figures = []
    for draw in range(draws):
        copied, guilty = inject(table, np.random.default_rng(seed + draw))
        if len(guilty) < LEAST_COPIERS:
            return None
        began = time.perf_counter()
        pairs = copying(copied, pooled_dawid_skene(copied))
        seconds = time.perf_counter() - began
        figures.append(_figures(pairs, guilty) | {"seconds": seconds})
    return {key: float(np.mean([one[key] for one in figures])) for key in figures[0]}


def inject(table: LabelTable, rng: np.random.Generator) -> tuple[LabelTable, set[tuple[int, int]]]:
    """A table where some annotators copy others, and the pairs (lower index first) that do."""
    pairs = copying(table, pooled_dawid_skene(table))
    most = max(LEAST_COPIERS, len(table.annotators) // ONE_IN)
    label, taken, guilty = table.label.copy(), set[int](), set[tuple[int, int]]()
    for place in rng.permutation(pairs.one.size):
        source, copier = rng.permutation([pairs.one[place], pairs.other[place]]).tolist()
        if len(guilty) == most or {source, copier} & taken:
            continue
        taken |= {source, copier}
        guilty.add((min(source, copier), max(source, copier)))
        theirs = np.full(len(table.tasks), -1)
        theirs[table.task[table.annotator == source]] = table.label[table.annotator == source]
        answer = theirs[table.task]
        copies = (table.annotator == copier) & (answer >= 0) & (rng.random(label.size) < COPIED)
        label = np.where(copies, answer, label)
    return replace(table, label=label), guilty


def _figures(pairs: Pairs, guilty: set[tuple[int, int]]) -> dict[str, float]:
    both = zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)
    copies = np.array([pair in guilty for pair in both])
    theirs, others = pairs.evidence[copies], pairs.evidence[~copies]
    return {
        "pairs": float(copies.size),
        "injected": float(copies.sum()),
        "auc": _auc(theirs, others),
        "auc_plain": _auc(pairs.z[copies], pairs.z[~copies]),
        "found": float((theirs > np.quantile(others, 1 - FALSE_PAIRS)).mean()),
        "found_at_limit": float((theirs >= LIMIT).mean()),
        "false_at_limit": float((others >= LIMIT).mean()),
    }


def _auc(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """The chance that one of `high` lies above one of `low`; ties count half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / low.size)
