"""The sweep of leases: claims that ran out, ended in batches, their money released."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.db import connection

from marketplace.core.actors import job
from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, invariants, pgbench, scratch, server
from marketplace.ops.bench.claim import add_size, size_of
from marketplace.ops.bench.claim_database import CLAIM, FEW
from marketplace.ops.bench.table import Table
from tasks.actions import expiry
from tasks.models import Assignment

OVER = """
UPDATE tasks_assignment SET leased_until = core_now() - interval '1 minute'
 WHERE state = 'claimed'
"""
LONG_SECONDS = 600


def add_arguments(parser: ArgumentParser) -> None:
    """How many claims run out."""
    add_size(parser, tasks=50_000, history=20_000)
    parser.add_argument("--expired", type=int, default=2_000, help="claims that run out at once")
    parser.add_argument("--volatile", action="store_true", help="on a server that may lose data")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Claim, let the time run out, sweep, and look whether everything came back."""
    size, expired = size_of(options), options["expired"]
    with scratch.database():
        found = server.facts(volatile=options["volatile"])
        out.say(server.sentence(found))
        crowd.build(size, out)
        values = {"annotators": size.annotators, "reserve": True}
        pgbench.run(CLAIM, clients=FEW, each=max(expired // FEW, 1), values=values)
        with connection.cursor() as cursor:
            cursor.execute(OVER)
            claimed = cursor.rowcount
            cursor.execute("ANALYZE")
        figures = _sweep(claimed, out)
        damage = invariants.damage().figures()
    out.say(f"afterwards: {damage}")
    return figures | damage | {"server": found}


def _sweep(claimed: int, out: Table) -> dict[str, Any]:
    """Seconds altogether, how many transactions, and the longest of them in milliseconds."""
    clock = Transactions()
    began = time.perf_counter()
    with connection.execute_wrapper(clock):
        ended = expiry.expire_assignments(by=job("bench"), seconds=LONG_SECONDS)
    seconds = time.perf_counter() - began
    clock.close()
    left = Assignment.objects.filter(state="claimed").count()
    if left or ended != claimed:
        raise ServersError(f"{ended} of {claimed} claims were ended, {left} are left.")
    out.figure("expired claims swept", ended)
    out.figure("seconds", seconds, f"{ended / seconds:,.0f} a second", decimals=2)
    out.figure("transactions", len(clock.seconds))
    longest = 1000 * max(clock.seconds)
    out.figure("ms, the longest transaction", longest, decimals=1)
    return {
        "swept": ended,
        "seconds": round(seconds, 3),
        "transactions": len(clock.seconds),
        "longest_transaction_ms": round(longest, 1),
    }


class Transactions:
    """Times transactions from their first statement to the first one after the commit."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._began: float | None = None

    def __call__(
        self,
        execute: Callable[..., Any],
        statement: str,
        values: Any,
        many: bool,  # noqa: FBT001 - Django calls it so
        context: dict[str, Any],
    ) -> Any:
        """Around each statement of the connection."""
        if not context["connection"].in_atomic_block:
            self.close()
        elif self._began is None:
            self._began = time.perf_counter()
        return execute(statement, values, many, context)

    def close(self) -> None:
        """The transaction under way, if there is one, is over."""
        if self._began is not None:
            self.seconds.append(time.perf_counter() - self._began)
            self._began = None
