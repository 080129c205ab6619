"""Batch plans: how long two solvers take for 10,000 tasks and 50,000 edges; their totals agree."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import numpy as np

from marketplace.ops.bench.table import Table
from tasks.matching import flow, flow_ortools

PER_TASK = 5
MOST_COST = 1_000_000
UNASSIGNED = 5 * MOST_COST
CAPACITY = (4, 8)


def add_arguments(parser: ArgumentParser) -> None:
    """The size of the plan."""
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--annotators", type=int, default=2_000)
    parser.add_argument("--slots", type=int, default=1, help="annotators that each task wants")
    parser.add_argument("--rounds", type=int, default=5, help="graphs; the middle time counts")
    parser.add_argument("--seed", type=int, default=1)


def graph(rng: np.random.Generator, tasks: int, annotators: int, slots: int = 1) -> flow.Graph:
    """Five annotators for each task at costs by chance; places for 20 % more than one slot each,
    where there are five tasks to an annotator."""
    among = rng.integers(0, annotators, (tasks, 1))
    steps = np.arange(PER_TASK) * (annotators // PER_TASK)
    near = rng.integers(0, annotators // PER_TASK, (tasks, PER_TASK))
    return flow.Graph(
        slots=np.full(tasks, slots),
        capacity=rng.integers(*CAPACITY, annotators, endpoint=True),
        task=np.repeat(np.arange(tasks), PER_TASK),
        annotator=((among + steps + near) % annotators).ravel(),
        cost=rng.integers(0, MOST_COST, tasks * PER_TASK),
        unassigned=UNASSIGNED,
    )


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """The same graphs through both solvers; where others load the machine, the processor's time
    says more than the clock's."""
    rng = np.random.default_rng(options["seed"])
    size = options["tasks"], options["annotators"], options["slots"]
    graphs = [graph(rng, *size) for _ in range(options["rounds"])]
    figures: dict[str, Any] = {"edges": int(graphs[0].task.size)}
    out.say(f"{figures['edges']:,} edges, the middle of {len(graphs)} graphs")
    totals = _measure("scipy", flow.solve, graphs, figures, out)
    if not flow_ortools.AVAILABLE:
        out.say("OR-tools is not installed; nothing to compare with.")
        return figures | {"ortools_s": None, "same_total": None}
    same = totals == _measure("ortools", flow_ortools.solve, graphs, figures, out)
    out.say("Both reach the same totals." if same else "THE TOTALS DIFFER.")
    return figures | {"same_total": same, "totals": totals}


def _measure(
    name: str,
    solver: Callable[[flow.Graph], flow.Matching],
    graphs: list[flow.Graph],
    figures: dict[str, Any],
    out: Table,
) -> list[int]:
    """The middle times go to the figures; returns all totals."""
    seconds, processor, totals = [], [], []
    for one in graphs:
        began, busy = time.perf_counter(), time.process_time()
        totals.append(solver(one).total)
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    figures[f"{name}_s"] = float(np.median(seconds))
    figures[f"{name}_cpu_s"] = float(np.median(processor))
    note = f"{figures[f'{name}_cpu_s']:.3f} s of processor time"
    out.figure(f"a plan by {name}, s", figures[f"{name}_s"], note, decimals=3)
    return totals
