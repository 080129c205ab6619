"""Many client processes at once against the web server, and what they report together."""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from marketplace.core.ids import new_id
from marketplace.devservers.errors import ServersError

PROGRAM = Path(__file__).with_name("http_client.py")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, in whose name, and how an answer that made a claim looks: `won` is a regular
    expression whose first group is the claim's id.
    """

    web: str
    path: str
    cookies: Sequence[str]
    won: str = r"(?!)"


@dataclass(slots=True)
class Report:
    """What all clients saw. `seconds` are the times of the answers, repeats included."""

    took: float = 0.0
    seconds: list[float] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    lost: int = 0

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.took

    @property
    def claims_per_s(self) -> float:
        """Claims made a second."""
        return len(self.claims) / self.took


def post(
    target: Target,
    *,
    clients: int,
    seconds: float,
    meanwhile: Callable[[float], None] | None = None,
) -> Report:
    """Let `clients` processes post for `seconds`; they start together.

    `meanwhile` is called with `seconds` once they have started, to disturb or to watch.
    """
    run = str(new_id())
    with contextlib.ExitStack() as stack:
        running = [
            stack.enter_context(_client(_orders(target, run, number, seconds)))
            for number in range(clients)
        ]
        for one in running:
            if _stream(one.stdout).readline() != "ready\n":
                raise ServersError("A client process did not start.")
        for one in running:
            _say(one, "go")
        if meanwhile is not None:
            meanwhile(seconds)
        return _together([json.loads(_stream(one.stdout).readline()) for one in running])


def _orders(target: Target, run: str, number: int, seconds: float) -> dict[str, Any]:
    at = urlsplit(target.web)
    return {
        "host": at.hostname,
        "port": at.port,
        "path": target.path,
        "cookies": list(target.cookies),
        "won": target.won,
        "run": run,
        "number": number,
        "seconds": seconds,
    }


@contextlib.contextmanager
def _client(orders: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _say(process, json.dumps(orders))
        yield process
    finally:
        process.kill()
        process.communicate()


def _say(process: subprocess.Popen[str], line: str) -> None:
    stream = _stream(process.stdin)
    stream.write(f"{line}\n")
    stream.flush()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _together(reports: list[dict[str, Any]]) -> Report:
    whole = Report(took=max(one["took"] for one in reports))
    for one in reports:
        whole.seconds += one["seconds"]
        whole.claims += one["claims"]
        whole.statuses.update(one["statuses"])
        whole.repeated += one["repeated"]
        whole.lost += one["lost"]
    return whole
