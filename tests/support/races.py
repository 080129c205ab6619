"""Races with real threads on PostgreSQL: several callables at once, each on a connection of its
own.

    results = at_once(*[lambda: claim(annotator) for annotator in annotators])
    assert len(values(results)) == 1 and codes(results) == ["nothing_to_claim"] * 15

The test needs `@pytest.mark.django_db(transaction=True)`: other connections see committed rows
only. A race test comes with a control that shows the double effect where the lock or key is
missing; `Gate` holds threads at the place where they must meet.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from marketplace.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one callable returned, or what it raised."""

    value: Any = None
    error: BaseException | None = None


def at_once(*calls: Callable[[], Any], timeout: float = 30) -> list[Outcome]:
    """Start all calls at the same moment, each in a thread; their outcomes in the order of the
    calls.

    Connections are opened before the start, so that the race is about the work, and closed after
    it.
    """
    start = threading.Barrier(len(calls))
    outcomes: list[Outcome | None] = [None] * len(calls)

    def work(index: int, call: Callable[[], Any]) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait(timeout)
            outcomes[index] = Outcome(value=call())
        except BaseException as error:  # noqa: BLE001 - the test judges it
            outcomes[index] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=item, name=f"racer-{item[0]}", daemon=True)
        for item in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError(f"After {timeout} s some racers still wait: {outcomes}")
    return [outcome for outcome in outcomes if outcome is not None]


def times(count: int, call: Callable[[], Any], **options: Any) -> list[Outcome]:
    """The same call `count` times at once."""
    return at_once(*[call] * count, **options)


def values(outcomes: Sequence[Outcome]) -> list[Any]:
    """What the successful calls returned; any fault that is not a refusal is raised."""
    for outcome in outcomes:
        if outcome.error is not None and not isinstance(outcome.error, Refused):
            raise outcome.error
    return [outcome.value for outcome in outcomes if outcome.error is None]


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    """The codes of the refusals, sorted."""
    return sorted(outcome.error.code for outcome in outcomes if isinstance(outcome.error, Refused))


class Gate:
    """A place where exactly `parties` threads wait for each other; those who come later pass.

    Put it between the read and the write of the code under test (with monkeypatch) to make a race
    certain.
    """

    def __init__(self, parties: int, timeout: float = 10) -> None:
        self._barrier = threading.Barrier(parties)
        self._timeout = timeout

    def wait(self) -> None:
        """Wait until all are here; if some never come (a lock holds them back), go on after a
        while.
        """
        try:
            self._barrier.wait(self._timeout)
        except threading.BrokenBarrierError:
            return
