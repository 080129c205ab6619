"""The claim over HTTP: real web processes, all middleware, sessions, client processes."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.test.utils import override_settings

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import inside, load, scratch
from marketplace.ops.bench.arithmetic import ratio, spread
from marketplace.ops.bench.table import Table
from marketplace.ops.bench.urls import EMPTY
from marketplace.ops.bench.web import Web

UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"
WON_PAGE = rf"[Ll]ocation: /work/({UUID})"
WON_JSON = rf'"id": ?"({UUID})"'
TRIES = 3
WARM_SECONDS = 2
COUNTED = 20
"""Requests whose statements are counted."""
MILLION = 10**6


class Http:
    """The phases with a web server. What every run claimed is kept, to find double answers."""

    def __init__(
        self, site: Web, options: dict[str, Any], cookies: Sequence[str], out: Table
    ) -> None:
        self._site = site
        self._clients: int = options["clients"]
        self._seconds: int = options["seconds"]
        self._path: str = options["path"]
        self._kill: bool = options["kill"]
        self._cookies = cookies
        self._out = out
        self._acknowledged: list[str] = []
        self._lost = 0

    def measure(self, beside: dict[str, Any]) -> dict[str, Any]:
        """All of them; `beside` holds the rates of pgbench that ours are compared with."""
        before = _claims_made()
        self._post(WARM_SECONDS)
        figures = self._best()
        for name, other in (("ratio", "reference"), ("ratio_function", "function")):
            figures[name] = ratio(figures["http_per_s"], beside[f"{other}_per_s"])
            self._out.ratio("claims/s over HTTP", figures[name], f"{other}, by pgbench")
        figures |= self._empty(figures["web_cpu_us"])
        figures |= self._statements()
        if self._kill:
            figures |= self._killed()
        made = _claims_made() - before - COUNTED
        figures["unacknowledged"] = made - len(self._acknowledged)
        figures["lost_answers"] = self._lost
        return figures

    def twice(self) -> int:
        """How many claims were given to more than one request."""
        return len(self._acknowledged) - len(set(self._acknowledged))

    def _post(self, seconds: float, **more: Any) -> load.Report:
        page = not self._path.startswith("/api/")
        target = load.Target(
            self._site.address, self._path, self._cookies, WON_PAGE if page else WON_JSON
        )
        report = load.post(target, clients=self._clients, seconds=seconds, **more)
        self._acknowledged += report.claims
        self._lost += report.lost
        if not report.claims:
            raise ServersError(f"{self._path} made no claim: {dict(report.statuses)}.")
        return report

    def _best(self) -> dict[str, Any]:
        """Of three runs the one with most claims a second, and its times."""
        tries = []
        for _ in range(TRIES):
            began = self._site.cpu_seconds()
            report = self._post(self._seconds)
            cpu = (self._site.cpu_seconds() - began) * MILLION / len(report.seconds)
            tries.append((report.claims_per_s, cpu, report))
        per_s, cpu, report = max(tries, key=lambda one: one[0])
        times = spread(report.seconds)
        each = ", ".join(f"{one[0]:,.0f}" for one in tries)
        what = f"claims/s over HTTP, {self._clients} clients"
        self._out.figure(what, per_s, f"of {each}; answers {dict(report.statuses)}")
        for name, value in times.items():
            self._out.figure(f"  {name.removesuffix('_ms')} ms", value, decimals=1)
        return {"http_per_s": round(per_s, 1), "web_cpu_us": round(cpu, 1), **times}

    def _empty(self, claim_cpu: float) -> dict[str, Any]:
        """What the frame alone costs: the same clients and sessions, a view that does nothing."""
        target = load.Target(self._site.address, EMPTY, self._cookies)
        began = self._site.cpu_seconds()
        report = load.post(target, clients=self._clients, seconds=self._seconds)
        cpu = (self._site.cpu_seconds() - began) * MILLION / len(report.seconds)
        times = ratio(claim_cpu, cpu)
        self._out.figure("web processor time of a claim, us", claim_cpu)
        self._out.figure("web processor time of an empty view, us", cpu, f"x {times:.2f}")
        return {
            "empty_view_cpu_us": round(cpu, 1),
            "empty_view_per_s": round(report.per_s, 1),
            "cpu_times_empty": round(times, 2),
        }

    def _statements(self) -> dict[str, Any]:
        """How many statements a claim sends, all included: the mean and the most of 20 requests."""
        counts = []
        with override_settings(**scratch.NO_CAPS), inside.quiet():
            door = inside.Door(self._path)
            door.post(self._cookies[0])  # what is read once a process does not count
            with inside.statements() as sent:
                for cookie in self._cookies[1:COUNTED]:
                    before = len(sent)
                    door.post(cookie)
                    counts.append(len(sent) - before)
        mean = sum(counts) / len(counts)
        self._out.figure("statements of a claim request", mean, f"at most {max(counts)}")
        return {"sql_per_claim": round(mean, 2), "sql_per_claim_max": max(counts)}

    def _killed(self) -> dict[str, Any]:
        """One run more during which the web server is killed and started again."""
        report = self._post(self._seconds, meanwhile=self._site.kill_now_and_then)
        note = f"{self._site.kills} kills, {report.repeated} requests sent again"
        self._out.figure("claims/s while the web is killed", report.claims_per_s, note)
        return {"kills": self._site.kills, "killed_per_s": round(report.claims_per_s, 1)}


def _claims_made() -> int:
    """How many assignments there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tasks_assignment")
        (number,) = cursor.fetchone()
    return int(number)
