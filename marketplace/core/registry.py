"""The list of background jobs and sweeps, filled as each app's `jobs.py` is imported. No models
here.

A *job* is promised by a row (`core.outbox.enqueue`) and takes ids only. A *sweep* takes nothing,
runs every few seconds, and finds work that nobody promised or whose message was lost. Both may run
twice, at once, at any time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Job:
    """`remote` jobs call the outside world: they run outside a transaction and commit their own
    steps.
    """

    name: str
    run: Callable[..., Any]
    queue: str
    remote: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """`every` is its interval in seconds."""

    name: str
    run: Callable[[], Any]
    queue: str
    every: int


JOBS: dict[str, Job] = {}
SWEEPS: dict[str, Sweep] = {}


def job(name: str, *, queue: str = "fast", remote: bool = False) -> Callable[[Handler], Handler]:
    """Register `app.verb` as a background job on a queue: `fast` (< 1 s, somebody waits for it),
    `slow` (seconds), or `bulk` (plans and rebuilds, up to the time limit of 45 s).
    """

    def register(handler: Handler) -> Handler:
        if name in JOBS and JOBS[name].run is not handler:
            raise ValueError(f"Two jobs are called {name}.")
        JOBS[name] = Job(name, handler, queue, remote)
        return handler

    return register


def sweep(name: str, *, every: int, queue: str = "slow") -> Callable[[Handler], Handler]:
    """Register `app.verb` to run about every `every` seconds, on a queue as a job has one."""

    def register(handler: Handler) -> Handler:
        if name in SWEEPS and SWEEPS[name].run is not handler:
            raise ValueError(f"Two sweeps are called {name}.")
        SWEEPS[name] = Sweep(name, handler, queue, every)
        return handler

    return register
