"""The whole installation as real processes on this machine: web, worker, beat, local Stripe."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from marketplace.devservers import ports
from marketplace.devservers.errors import ServersError
from marketplace.devservers.supervisor import ProcessGroup

WEB_WORKERS = 2
WEB_THREADS = 4
JOB_PROCESSES = 2
START_SECONDS = 180
"""Longer than the slowest start, on a machine that is busy with other things."""
MOST_RESTARTS = 5
"""A process that ends more often than this is not restarted: something is wrong with it."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running parts answer."""

    web: str
    web_port: int
    stripe: str
    stripe_port: int

    def environment(self) -> dict[str, str]:
        """The variables by which the processes find each other."""
        return {
            "WEB_PORT": str(self.web_port),
            "SITE_URL": self.web,
            "STRIPE_PORT": str(self.stripe_port),
            "STRIPE_API_BASE": self.stripe,
        }


def addresses(*, other_ports: bool = False) -> Addresses:
    """The addresses that the environment names; with `other_ports`, free ones where it must be.

    Raises ServersError with one sentence for a busy port otherwise.
    """
    web = _port("WEB_PORT", other_ports=other_ports)
    stripe = _port("STRIPE_PORT", other_ports=other_ports)
    return Addresses(
        f"http://{ports.LOOPBACK}:{web}", web, f"http://{ports.LOOPBACK}:{stripe}", stripe
    )


def _port(name: str, *, other_ports: bool) -> int:
    port = int(os.environ[name])
    try:
        ports.require_free(port, advice=f"set {name}")
    except ServersError:
        if not other_ports:
            raise
        return ports.free_port()
    return port


class Stack:
    """The running parts, and the group that can kill and restart them."""

    def __init__(self, at: Addresses, group: ProcessGroup) -> None:
        self.web, self.stripe = at.web, at.stripe
        self.group = group
        self.restarts: dict[str, int] = {}

    def tend(self) -> None:
        """Restart what has ended by itself, as a supervisor does; call it from the main thread.

        The local Stripe keeps its books in memory and is not restarted. Raises ServersError for it,
        and for a process that does not stay up.
        """
        for name, code in self.group.ended().items():
            self.restarts[name] = self.restarts.get(name, 0) + 1
            if name == "stripe" or self.restarts[name] > MOST_RESTARTS:
                raise ServersError(
                    f"{name} ended with code {code}: see {self.group.log_path(name)}."
                )
            self.group.restart(name)


@contextmanager
def running(
    local: Path, at: Addresses, environment: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """Start every process on a migrated database and wait until they answer; stop them at the end.

    `environment` is the present one unless given. Raises ServersError with one sentence: a process
    that ended at once, a full disk.
    """
    env = {**(os.environ if environment is None else environment), **at.environment()}
    with ProcessGroup(local / "log", env=env) as group:
        group.start("stripe", _stripe(at, local, env))
        group.start("web", _web(at.web_port))
        group.start("worker", _worker("fast,slow", JOB_PROCESSES))
        group.start("worker-bulk", _worker("bulk", 1))
        group.start("beat", _beat(local))
        group.wait_for_port("stripe", at.stripe_port, seconds=START_SECONDS)
        _wait_for_pages("web", at, group)
        yield Stack(at, group)


@contextmanager
def web_only(local: Path, at: Addresses, environment: Mapping[str, str]) -> Iterator[ProcessGroup]:
    """The web server alone, by the name `web-bench`, with its log beside the others."""
    with ProcessGroup(local / "log", env={**environment, **at.environment()}) as group:
        group.start("web-bench", _web(at.web_port))
        _wait_for_pages("web-bench", at, group)
        yield group


def _wait_for_pages(name: str, at: Addresses, group: ProcessGroup) -> None:
    """Return once a page is answered: the port is open before the workers behind it are up, and a
    server asked to end in between takes very long about it.
    """
    group.wait_for_port(name, at.web_port, seconds=START_SECONDS)
    try:
        requests.get(f"{at.web}/healthz", timeout=START_SECONDS)
    except requests.RequestException as error:
        raise ServersError(f"{name} does not answer: see {group.log_path(name)}.") from error


def python_module(*words: str) -> list[str]:
    """The command line that runs a module with this Python."""
    return [sys.executable, "-m", *words]


def _stripe(at: Addresses, local: Path, env: Mapping[str, str]) -> list[str]:
    hooks = f"{at.web}/webhooks/stripe/"
    return python_module(
        "payments.devstripe",
        *("--port", str(at.stripe_port), "--state", str(local / "stripe.json")),
        *("--webhook", hooks, "--webhook-secret", _first(env["STRIPE_WEBHOOK_SECRETS"])),
        *("--thin-webhook", f"{hooks}thin/"),
        *("--thin-secret", _first(env["STRIPE_THIN_WEBHOOK_SECRETS"])),
    )


def _first(secrets: str) -> str:
    """Of a list with commas; the later ones are those before a rotation."""
    return secrets.partition(",")[0]


def _web(port: int) -> list[str]:
    return python_module(
        "granian",
        *("--interface", "wsgi", "--host", ports.LOOPBACK, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS)),
        *("--log-level", "warning", "--no-ws", "marketplace.wsgi:application"),
    )


def _worker(queues: str, processes: int) -> list[str]:
    """Long jobs have a worker of their own: behind two plans or rebuilds a hand-in would wait."""
    name = queues.replace(",", "-")
    return python_module(
        "celery",
        *("-A", "marketplace", "worker", "-Q", queues, "-c", str(processes), "-n", f"{name}@%h"),
        *("-l", "WARNING", "--without-gossip", "--without-mingle"),
    )


def _beat(local: Path) -> list[str]:
    return python_module(
        "celery",
        *("-A", "marketplace", "beat", "-l", "WARNING", "--pidfile="),
        *("-s", str(local / "beat-schedule")),
    )
