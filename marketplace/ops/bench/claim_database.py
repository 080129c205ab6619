"""The claim inside PostgreSQL: the reference and our function, by `pgbench`."""

from typing import Any

from django.db import connection

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import pgbench
from marketplace.ops.bench.arithmetic import ratio
from marketplace.ops.bench.crowd import Size
from marketplace.ops.bench.table import Table

COUNTS = (4, 8, 16)
"""The peak lies here on two to four cores; more connections are slower."""
FEW = 4
REFERENCE, CLAIM = "reference", "claim"
SLOTS_AT_LEAST = 0.05
"""With fewer left, queues run empty and their figures mean something else."""
CLAIMED_AT_LEAST = 0.98
"""Of the calls: the others met only tasks that were locked at that moment."""
SLOTS = "SELECT coalesce(sum(open_slots), 0) FROM tasks_task WHERE state = 'open'"
# What the reference claimed has no money behind it: it is taken back before ours are counted.
UNDO = """
WITH gone AS (
    DELETE FROM tasks_assignment made
     WHERE made.state = 'claimed' AND NOT EXISTS (
           SELECT 1 FROM payments_reservation WHERE holder = 'assignment:' || made.id)
    RETURNING made.task_id
), back AS (SELECT task_id, count(*) AS slots FROM gone GROUP BY task_id)
UPDATE tasks_task task SET state = 'open', open_slots = open_slots + back.slots
  FROM back WHERE task.id = back.task_id
"""


class Database:
    """The phases without a web server. `figures` grows as they are done."""

    def __init__(self, size: Size, seconds: int, out: Table) -> None:
        self._annotators = size.annotators
        self._seconds = seconds
        self._out = out
        self._slots = slots_left()
        self.figures: dict[str, Any] = {}

    def measure(self) -> dict[str, Any]:
        """All of them, each figure as soon as it is known."""
        self._run(CLAIM, FEW, seconds=1, reserve=True)  # fills the caches
        self._few("db_p95_ms_4", CLAIM, "claim without money", reserve=False)
        undo()
        self._few("db_p95_ms_4_reserve", CLAIM, "claim with money", reserve=True)
        self._few("reference_p95_ms_4", REFERENCE, "reference")
        self._peak("reference_per_s", REFERENCE, "reference")
        undo()
        self._peak("function_per_s", CLAIM, "our function", reserve=True)
        per_s = self.figures["reference_per_s"]
        self.figures["function_of_reference"] = ratio(self.figures["function_per_s"], per_s)
        self._out.ratio("our function", self.figures["function_of_reference"], "the reference")
        return self.figures

    def _few(self, name: str, script: str, what: str, **values: bool) -> None:
        run = self._run(script, FEW, seconds=self._seconds, **values)
        note = f"p50 {run.p50_ms:.2f}, {run.per_s:,.0f} a second"
        self._out.figure(f"p95 ms, 4 clients, {what}", run.p95_ms, note, decimals=2)
        self.figures[name] = run.p95_ms

    def _peak(self, name: str, script: str, what: str, **values: bool) -> None:
        seconds = self._seconds
        runs = {n: self._run(script, n, seconds=seconds, **values).per_s for n in COUNTS}
        each = ", ".join(f"{clients}: {per_s:,.0f}" for clients, per_s in runs.items())
        best = max(runs.values())
        self._out.figure(f"claims/s by pgbench, {what}", best, f"by clients {each}")
        self.figures[name] = round(best, 1)

    def _run(self, script: str, clients: int, *, seconds: int, **values: bool) -> pgbench.Run:
        """One run, refused when it did not claim what it was meant to."""
        before = slots_left()
        run = pgbench.run(
            script,
            clients=clients,
            seconds=seconds,
            values={"annotators": self._annotators, **values},
        )
        left = slots_left()
        if ratio(left, self._slots) < SLOTS_AT_LEAST:
            raise ServersError(
                f"The open tasks ran out ({left} slots of {self._slots} left): "
                "ask for more --tasks or for fewer --pgbench-seconds."
            )
        if ratio(before - left, run.done) < CLAIMED_AT_LEAST:
            raise ServersError(
                f"{script} made {before - left} claims in {run.done} calls: it measures nothing."
            )
        return run


def slots_left() -> int:
    """Free slots of all open tasks."""
    with connection.cursor() as cursor:
        cursor.execute(SLOTS)
        (number,) = cursor.fetchone()
    return int(number)


def undo(*, tidy: bool = True) -> None:
    """Take claims without a reservation back; `tidy` leaves the tables as compact as before."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(UNDO)
        if tidy:
            cursor.execute("VACUUM ANALYZE tasks_assignment, tasks_task")
        cursor.execute("RESET statement_timeout")
