"""People at work at the same time: threads that stop together, and whose first fault is told."""

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

LONGEST_GOODBYE = 60.0
SHORT_GOODBYE = 0.2
"""When something went wrong, or somebody pressed Ctrl-C, nobody is waited for."""
TICK = 0.1


class Crew:
    """`with Crew() as crew: crew.start(work, person)`: each work looks at `crew.over`.

    At the end of the block all are told to stop and waited for. `check` raises what one of them
    raised, so that the main thread does not wait for people who are gone.
    """

    def __init__(self) -> None:
        self.over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._faults: list[BaseException] = []

    def start(self, work: Callable[[], None], name: str) -> None:
        """Let one person work."""
        thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def check(self) -> None:
        """Raise the first fault, if there was one."""
        if self._faults:
            raise self._faults[0]

    def busy(self) -> bool:
        """Whether anybody is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def wait(self, seconds: float) -> None:
        """Let time pass for the main thread; raises at once when somebody failed."""
        self.over.wait(seconds)
        self.check()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - told by the main thread
            self._faults.append(fault)
            self.over.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all; a fault of theirs is raised unless the block has one of its own.

        The threads die with the process if they are still at work then.
        """
        self.over.set()
        for thread in self._threads:
            thread.join(LONGEST_GOODBYE if error is None else SHORT_GOODBYE)
        if error is None:
            self.check()


class Patience:
    """How long somebody without work waits before looking again: ever longer, up to `most`."""

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most
        self._next = least

    def wait(self, over: threading.Event) -> None:
        """Wait, or stop waiting when it is over; the next wait is twice as long."""
        over.wait(self._next)
        self._next = min(self.most, 2 * self._next)

    def renew(self) -> None:
        """There was work."""
        self._next = self.least


def all_of(
    works: Iterable[Callable[[], None]],
    at_once: int,
    done: Callable[[], None],
    tick: Callable[[], None],
) -> None:
    """Do every work, at most `at_once` at the same time; `done` is called after each.

    Meanwhile the caller's thread calls `tick` again and again. The first fault stops the rest and
    is raised.
    """
    waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
    for work in works:
        waiting.put(work)

    with Crew() as crew:

        def hands() -> None:
            while not crew.over.is_set():
                try:
                    work = waiting.get_nowait()
                except Empty:
                    return
                work()
                done()

        for number in range(min(at_once, waiting.qsize())):
            crew.start(hands, f"hands-{number}")
        while crew.busy():
            tick()
            crew.wait(TICK)
