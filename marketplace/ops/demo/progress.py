"""A progress bar for people at a terminal, and one line per tenth for everything else."""

import threading
import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 28
REDRAW_SECONDS = 0.1
CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """Counts steps of one stage, from any number of threads.

    At a terminal one line is drawn over and over (at most ten times a second). Elsewhere a line
    is written at each tenth, so that a log stays short.
    """

    def __init__(
        self,
        label: str,
        total: int,
        stream: TextIO,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start a stage of `total` steps (at least 1); `monotonic` gives seconds."""
        self.label, self.total, self.stream = label, max(total, 1), stream
        self.done = 0
        self._monotonic = monotonic
        self._started = monotonic()
        self._drawn = float("-inf")
        self._tenth = 0
        self._lock = threading.Lock()
        self._terminal = stream.isatty()
        if self._terminal:
            self._draw()

    def advance(self, steps: int = 1) -> None:
        """Count steps; more than `total` are counted as `total`."""
        with self._lock:
            self.done = min(self.total, self.done + steps)
            if self._terminal:
                if self._monotonic() - self._drawn >= REDRAW_SECONDS or self.done == self.total:
                    self._draw()
            elif self.done * 10 // self.total > self._tenth:
                self._tenth = self.done * 10 // self.total
                self._write(f"{self._text()}\n")

    def finish(self) -> None:
        """End the stage where it stands: leave the bar on its line, go to the next."""
        with self._lock:
            if self._terminal:
                self._draw()
                self._write("\n")

    def _draw(self) -> None:
        self._drawn = self._monotonic()
        filled = WIDTH * self.done // self.total
        bar = "█" * filled + "░" * (WIDTH - filled)
        self._write(f"{CLEAR_LINE}{bar} {self._text()}")

    def _text(self) -> str:
        percent = 100 * self.done // self.total
        seconds = self._monotonic() - self._started
        return f"{self.label}: {self.done}/{self.total} ({percent} %, {seconds:.0f} s)"

    def _write(self, text: str) -> None:
        """Write in what the stream can say: a terminal without UTF-8 gets plain signs."""
        encoding = self.stream.encoding or "utf-8"
        self.stream.write(text.encode(encoding, "replace").decode(encoding))
        self.stream.flush()
