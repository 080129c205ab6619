"""The table that a benchmark prints while it runs: one figure a line."""

from typing import Protocol


class Writer(Protocol):
    """Anything with `write`, as a management command's `stdout`."""

    def write(self, msg: str, /) -> object:
        """Write one line."""


class Table:
    """Prints a figure as soon as it is known, so that a long run says where it is."""

    def __init__(self, to: Writer) -> None:
        self._to = to

    def say(self, sentence: str) -> None:
        """What happens now, or how the figures are to be read."""
        self._to.write(sentence)

    def figure(self, what: str, value: float, note: str = "", *, decimals: int = 0) -> None:
        """One line: what was measured, the number with its thousands marked, a note beside it."""
        self._to.write(f"{what:<46} {value:>12,.{decimals}f}   {note}".rstrip())

    def ratio(self, what: str, value: float, beside: str) -> None:
        """One line: how much of something else measured in the same run."""
        self._to.write(f"{what:<46} {value:>12.1%}   of {beside}")
