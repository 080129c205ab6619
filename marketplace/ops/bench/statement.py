"""What a month's statement costs a client and the platform when years of entries lie around it.

The history was written in bulk (paid_history). Each page is read before the months are summed up,
when all legs have to be looked at, and after it.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction

from accounts.models import Organization
from marketplace.core import clock
from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import paid_history, scratch
from marketplace.ops.bench.table import Table
from payments.actions import months
from payments.selectors import client_month, movements, platform_month

READS = 3
# In life a client pays first. The history is older than the database, so its money is dated back.
PAID_FIRST = """
SET LOCAL session_replication_role = replica;
UPDATE payments_ledgerentry SET created_at = (SELECT min(created_at) FROM payments_ledgerentry)
 WHERE kind IN ('fund', 'allocate')
"""


def add_arguments(parser: ArgumentParser) -> None:
    """How many legs."""
    parser.add_argument("--legs", type=int, default=50_000, help="of the ledger")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Fill a scratch database, read the pages, sum the months up, read them again.

    Refuses pages that are not the same both times: then the figures say nothing.
    """
    works = int(options["legs"] / paid_history.LEGS_A_WORK)
    if works < paid_history.PROJECTS:
        raise ServersError("--legs: some hundreds at least.")
    with scratch.database():
        legs = _fill(works, out)
        pages = _pages()
        before, read = _read(pages, out, "all legs")
        began = time.perf_counter()
        summed = months.sum_up(by=scratch.BY)
        took = time.perf_counter() - began
        out.figure("s to sum up the months", took, f"{summed} months", decimals=2)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE payments_accountmonth, payments_bookmonth")
        after, again = _read(pages, out, "months summed up")
    if read != again:
        raise ServersError("The pages are not the same when the months are summed up.")
    return {"legs": legs, "months": summed, "sum_up_s": took, "before_ms": before,
            "after_ms": after}  # fmt: skip


def _fill(works: int, out: Table) -> int:
    legs = paid_history.fill(works, out)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAID_FIRST)
    out.say(f"{legs:,} legs of {works:,} works")
    return legs


def _pages() -> dict[str, Callable[[], object]]:
    """The pages by name: of the oldest whole month, one in the middle, and the present one."""
    client = Organization.objects.get().pk
    all_months = client_month.months(client)
    chosen = {"old": all_months[-2], "middle": all_months[len(all_months) // 2],
              "present": all_months[0]}  # fmt: skip
    pages: dict[str, Callable[[], object]] = {
        "client, list of months": partial(client_month.months, client)
    }
    for name, first in chosen.items():
        span = movements.month(first.year, first.month)
        pages[f"client, {name} month"] = partial(client_month.of, client, span)
        pages[f"platform, {name} month"] = partial(platform_month.of, span)
    pages["trial balance"] = partial(movements.trial_balance, clock.now())
    return pages


def _read(
    pages: dict[str, Callable[[], object]], out: Table, how: str
) -> tuple[dict[str, float], dict[str, object]]:
    """The best of some reads of each page in milliseconds, and what was read."""
    best: dict[str, float] = {}
    read: dict[str, object] = {}
    for name, page in pages.items():
        spans = []
        for _ in range(READS):
            began = time.perf_counter()
            read[name] = page()
            spans.append((time.perf_counter() - began) * 1000)
        best[name] = min(spans)
        out.figure(f"ms, {name}", best[name], how, decimals=1)
    return best, read
