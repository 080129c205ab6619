"""Wakes workers from a thread of its own, so that no request ever waits for the broker."""

import queue
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)
ROOM = 1000  # wake-ups that may wait; more are dropped, since the sweep finds their rows


class Nudger:
    """Publishes wake-ups from one daemon thread a process. Full or broken: dropped."""

    def __init__(self, publish: Callable[[str, int], None], room: int = ROOM) -> None:
        self._publish = publish
        self._room = room
        self.reset()

    def reset(self) -> None:
        """Begin anew: in a forked child the thread is gone and a lock may be held for ever."""
        self._queue: queue.Queue[tuple[str, int]] = queue.Queue(maxsize=self._room)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def offer(self, job: str, pk: int) -> None:
        """Leave a wake-up for the thread; never blocks."""
        if self._thread is None or not self._thread.is_alive():
            self._start()
        try:
            self._queue.put_nowait((job, pk))
        except queue.Full:
            log.warning("nudge_dropped", job=job, message=pk)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="nudger", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            job, pk = self._queue.get()
            try:
                self._publish(job, pk)
            except Exception as error:  # noqa: BLE001 - a broker fails in many ways; the sweep comes
                log.warning("nudge_failed", job=job, message=pk, error=str(error))
