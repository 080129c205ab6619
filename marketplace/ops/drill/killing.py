"""Processes that are killed: forked from the drill, and by their own dice, as `kill -9` would.

A point is a moment before or after a commit to PostgreSQL, or before a request to Stripe leaves or
after its answer has come. Dying between two points looks the same to everybody else.
"""

import http.client
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

FORK = multiprocessing.get_context("fork")
POINTS = 14
"""Points in one try of a payout: three transactions, a read of the account, the transfer."""
KILLED = -signal.SIGKILL


class Doom:
    """Counts down to the death of this process once it was decided."""

    def __init__(self, dice: random.Random, share: float) -> None:
        self._dice, self._share, self._left = dice, share, 0

    def tempt(self) -> None:
        """A try begins: with the chance `share` one of its points is the last of this process."""
        if self._left == 0 and self._dice.random() < self._share:
            self._left = self._dice.randint(1, POINTS)

    def point(self) -> None:
        """One point is passed."""
        if self._left:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, with a point before and one after."""

        def wrapped(*args: Any, **more: Any) -> Any:
            self.point()
            result = work(*args, **more)
            self.point()
            return result

        return wrapped

    def watch(self) -> None:
        """Count the commits and the requests of this process from now on."""
        wrapper: Any = DatabaseWrapper
        wrapper._commit = self.around(wrapper._commit)
        http.client.HTTPConnection.endheaders = self.around(  # type: ignore[method-assign]
            http.client.HTTPConnection.endheaders
        )


def begin(work: Callable[[], object]) -> multiprocessing.process.BaseProcess:
    """Fork a process that does `work` on connections of its own."""
    connections.close_all()
    process = FORK.Process(target=work, daemon=True)
    process.start()
    return process


def in_child(work: Callable[[], object]) -> None:
    """Do it in a process of its own, whose threads and connections go with it. RuntimeError if it
    fails.
    """
    process = begin(work)
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"A process of the drill ended with {process.exitcode}.")


def until_done(works: Sequence[Callable[[int], None]]) -> int:
    """Run each in a process; whoever is killed is followed by another that goes on.

    A work is given how many died at it before. Returns how many were killed. RuntimeError for one
    that ends by itself, but not well.
    """
    lives = dict.fromkeys(range(len(works)), 0)
    running = {place: begin(partial(work, 0)) for place, work in enumerate(works)}
    while running:
        for place, process in list(running.items()):
            process.join(0.02)
            if process.exitcode is None:
                continue
            del running[place]
            if process.exitcode == KILLED:
                lives[place] += 1
                running[place] = begin(partial(works[place], lives[place]))
            elif process.exitcode != 0:
                raise RuntimeError(f"A process of the drill ended with {process.exitcode}.")
    return sum(lives.values())
