"""A payout run of very many annotators: memory of its workers, two kills, and nobody paid twice.

The workers are processes of their own that do what the sweeps do; one is killed while it begins
payouts, one while it sends them, and others go on. The pace is a hundred times that of production,
so that it is not what is measured.
"""

import datetime as dt
import logging
import os
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.test.utils import override_settings

from marketplace.core import clock
from marketplace.core.actors import job as acting
from marketplace.devservers.errors import ServersError
from marketplace.ops import proof
from marketplace.ops.bench import many_payees, scratch
from marketplace.ops.bench.memory import resident_mb
from marketplace.ops.bench.table import Table
from marketplace.ops.drill.killing import begin
from marketplace.ops.drill.stripe_process import stripe_process
from payments.actions import runs, sending

BY = acting("bench.payouts")
RULES: dict[str, Any] = {
    "STRIPE_TRANSFERS_PER_SECOND": 1000.0,
    "PAYOUT_RUN_ALONE_MINOR": {scratch.CURRENCY: 10**12},
    "PAYOUT_WEEKDAY": 7,
}
BEGUN = "SELECT count(*) FROM payments_payout"
SENT = "SELECT count(*) FROM payments_payout WHERE state = 'sent'"
LEASE = dt.timedelta(minutes=2)
LOOK_SECONDS = 0.5
STUCK_SECONDS = 120


def add_arguments(parser: ArgumentParser) -> None:
    """How many annotators, by how many workers."""
    parser.add_argument("--payouts", type=int, default=500, help="annotators in the run")
    parser.add_argument("--workers", type=int, default=2, help="processes that send")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Fill a scratch database, let the run begin and send, kill a worker in each, count."""
    logging.disable(logging.CRITICAL)
    number, workers = options["payouts"], options["workers"]
    with scratch.database(), TemporaryDirectory() as folder:
        place = Path(folder)
        state = many_payees.prepare(place, number)
        with stripe_process(place, os.environ, state=state, web_port=many_payees.NOBODY) as stripe:
            at = {"STRIPE_API_BASE": stripe.address, "EGRESS_ALLOWED_BASES": [stripe.address]}
            with override_settings(**at, **RULES):
                stripe.webhooks(mode="manual", drop=["*"])
                found = _measure(number, workers, out)
                totals = stripe.totals()["transfers"]
    paid = totals["by_destination"].values()
    found |= {
        "paid_once": sum(one[scratch.CURRENCY]["count"] == 1 for one in paid),
        "paid_more": sum(one[scratch.CURRENCY]["count"] > 1 for one in paid),
    }
    out.figure("annotators paid once", found["paid_once"], f"twice: {found['paid_more']}")
    return found


def _measure(number: int, workers: int, out: Table) -> dict[str, Any]:
    beginning = Phase("begun", BEGUN, number, partial(_until, _begin_some, BEGUN, number), 1)
    sent = Phase("sent", SENT, number, partial(_until, _send_some, SENT, number), workers)
    found: dict[str, Any] = {"payouts": number, "workers": workers}
    for phase in (beginning, sent):
        found |= phase.measure(out)
    found["audit_rows"] = len(proof.run())
    return found


def _until(work: Callable[[], object], count: str, number: int) -> None:
    while _number(count) < number:
        work()


def _begin_some() -> None:
    runs.plan(by=BY)


def _send_some() -> None:
    sending.sweep(by=BY)


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (value,) = cursor.fetchone()
    return int(value)


class Phase:
    """One half of the run: its workers, the kill in the middle, and the memory they took."""

    def __init__(
        self, name: str, count: str, number: int, work: Callable[[], None], workers: int
    ) -> None:
        self._name, self._count, self._number = name, count, number
        self._work, self._workers = work, workers
        self._first: dict[int, float] = {}
        self._peak = self._grown = 0.0

    def measure(self, out: Table) -> dict[str, Any]:
        """Run it to its end; figures by the phase's name. ServersError when it stands still."""
        processes = [begin(self._work) for _ in range(self._workers)]
        began, shown, killed = time.monotonic(), 0, False
        moved, last = began, 0
        while (done := _number(self._count)) < self._number:
            self._look(processes)
            now = time.monotonic()
            moved, last = (now, done) if done > last else (moved, last)
            if now - moved > STUCK_SECONDS:
                raise ServersError(f"The run stands still: {done} of {self._number} {self._name}.")
            if done * 10 // self._number > shown:
                shown = done * 10 // self._number
                out.say(f"{done:,} of {self._number:,} {self._name}, {now - began:.0f} s")
            if killed and self._number - done <= self._workers:
                clock.advance(LEASE)  # nobody need wait for the row of the one that was killed
            if not killed and done * 2 >= self._number:
                _kill(processes[0])
                processes[0], killed = begin(self._work), True
            time.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - began
        for process in processes:
            process.join()
        out.figure(f"payouts {self._name} a second", self._number / seconds, decimals=1)
        out.figure(f"{self._name}: peak memory of a worker, MB", self._peak)
        out.figure(f"{self._name}: of that grown during its work, MB", self._grown, decimals=1)
        name = self._name
        return {
            f"{name}_per_s": self._number / seconds,
            f"{name}_peak_mb": self._peak,
            f"{name}_grown_mb": self._grown,
            f"{name}_killed": int(killed),
        }

    def _look(self, processes: list[BaseProcess]) -> None:
        """Memory now, beside what each had when it was first at work (after imports)."""
        for process in processes:
            size = resident_mb(process.pid)
            if size and process.pid is not None:
                first = self._first.setdefault(process.pid, size)
                self._peak = max(self._peak, size)
                self._grown = max(self._grown, size - first)


def _kill(process: BaseProcess) -> None:
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
