"""Every comparison of the books over very many legs: how long it takes, and in how much memory.

The history was written in bulk (paid_history); the comparisons are those of `manage.py reconcile`,
with a local Stripe as the other side.
"""

import logging
import os
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test.utils import override_settings

from marketplace.devservers.errors import ServersError
from marketplace.ops import reconciling
from marketplace.ops.bench import paid_history, scratch
from marketplace.ops.bench.memory import resident_mb
from marketplace.ops.bench.table import Table
from marketplace.ops.drill.stripe_process import stripe_process

AIM_SECONDS = 60
LOOK_SECONDS = 0.02


def add_arguments(parser: ArgumentParser) -> None:
    """How many legs."""
    parser.add_argument("--legs", type=int, default=50_000, help="of the ledger")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Fill a scratch database, compare everything. Refuses books that do not agree: then the
    figures say nothing.
    """
    logging.disable(logging.CRITICAL)
    works = int(options["legs"] / paid_history.LEGS_A_WORK)
    if works < paid_history.PROJECTS:
        raise ServersError("--legs: some hundreds at least.")
    with scratch.database(), TemporaryDirectory() as folder:
        legs = _fill(works, out)
        state = paid_history.stripe(Path(folder))
        with stripe_process(
            Path(folder), os.environ, state=state, web_port=paid_history.NOBODY
        ) as stripe:
            at = {"STRIPE_API_BASE": stripe.address, "EGRESS_ALLOWED_BASES": [stripe.address]}
            with override_settings(**at):
                figures = _compare(out)
    out.figure(
        "seconds altogether", figures["seconds"], f"{legs:,} legs, below {AIM_SECONDS}", decimals=1
    )
    out.figure("MB that the process grew by", figures["grown_mb"], decimals=1)
    out.figure("differences", figures["differences"])
    return figures | {"legs": legs}


def _fill(works: int, out: Table) -> int:
    legs = paid_history.fill(works, out)
    out.say(f"{legs:,} legs of {works:,} works; now every comparison, one after the other")
    return legs


def _compare(out: Table) -> dict[str, Any]:
    """Seconds of each and of all, the growth of this process, and what did not agree."""
    each: dict[str, float] = {}
    found = 0
    with _growth() as grown:
        for name in reconciling.names():
            began = time.perf_counter()
            ran = reconciling.compare(name, by=scratch.BY)
            each[name] = time.perf_counter() - began
            if ran.failure:
                raise ServersError(f"{name}: {ran.failure}")
            found += ran.differences
            note = f"{ran.checked:,} checked, {ran.differences} differences"
            out.figure(f"s, {ran.name}", each[name], note, decimals=2)
            if ran.differences:
                out.say(f"  {ran.facts}")
    if found:
        raise ServersError(f"{found} differences: the history and the books do not agree.")
    return {"seconds": sum(each.values()), "each": each, "grown_mb": grown(), "differences": found}


@contextmanager
def _growth() -> Iterator[Callable[[], float]]:
    """By how many MB this process was larger at most than at the beginning."""
    first = most = resident_mb(os.getpid())
    over = threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(LOOK_SECONDS):
            most = max(most, resident_mb(os.getpid()))

    looks = threading.Thread(target=look, daemon=True)
    looks.start()
    try:
        yield lambda: most - first
    finally:
        over.set()
        looks.join()
