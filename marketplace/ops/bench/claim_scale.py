"""Whether a claim costs the same whatever waits: backlogs from 10,000 tasks up, and open claims."""

from dataclasses import replace
from typing import Any

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, pgbench, scratch, server
from marketplace.ops.bench.arithmetic import flatness
from marketplace.ops.bench.claim_database import CLAIM, FEW, slots_left
from marketplace.ops.bench.table import Table

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
OPEN_CLAIMS = 10_000
MOST_EACH = 2_000
"""Claims of each of the four clients: enough for a 95th percentile."""


def scale(size: crowd.Size, out: Table, *, volatile: bool) -> dict[str, Any]:
    """A world for each size up to the one asked for; the 95th percentile of 4 clients in each,
    with money, and again on top of 10,000 open claims where there are tasks enough.
    """
    fresh: dict[str, float] = {}
    held: dict[str, float] = {}
    for tasks in [one for one in SIZES if one <= size.tasks] or [size.tasks]:
        out.say(f"{tasks:,} tasks")
        with scratch.database():
            server.facts(volatile=volatile)
            here = replace(size, tasks=tasks, history=min(size.history, tasks))
            crowd.build(here, out)
            before, after = _both(here)
        fresh[str(tasks)] = before
        out.figure("  p95 ms, nothing claimed before", before, decimals=2)
        if after is not None:
            held[str(tasks)] = after
            out.figure(f"  p95 ms on {OPEN_CLAIMS:,} open claims", after, decimals=2)
    figures: dict[str, Any] = {"p95_ms_by_tasks": fresh, "p95_ms_by_tasks_claimed": held}
    flat = flatness(list(fresh.values()))
    out.figure("largest of the smallest backlog's p95, times", flat, decimals=2)
    figures["flat_by_tasks"] = round(flat, 2)
    pairs = [flatness([fresh[tasks], held[tasks]]) for tasks in held]
    if pairs:
        out.figure("with open claims of without, times", max(pairs), decimals=2)
        figures["flat_by_open_claims"] = round(max(pairs), 2)
    return figures


def _both(size: crowd.Size) -> tuple[float, float | None]:
    """The percentile on a fresh world, and with many open claims."""
    slots = slots_left()
    each = min(MOST_EACH, slots // (FEW * 4))
    if each < 1:
        raise ServersError("Too few open tasks to measure: ask for more --tasks.")
    values = {"annotators": size.annotators, "reserve": True}
    _claim(max(each // 10, 1), values)  # fills the caches
    before = _claim(each, values).p95_ms
    if slots < OPEN_CLAIMS + 3 * FEW * each:
        return before, None
    _claim(OPEN_CLAIMS // FEW, values)
    return before, _claim(each, values).p95_ms


def _claim(each: int, values: dict[str, Any]) -> pgbench.Run:
    return pgbench.run(CLAIM, clients=FEW, each=each, values=values)
