"""What a reviewer changed in a text: the pieces to show, and how much it was, from 0 to 1.

Both follow Levenshtein's distance (1966, Soviet Physics Doklady 10): the fewest words put in, taken
out or exchanged; the table is filled as by Wagner and Fischer (1974, JACM 21, 168-173), a row at a
time. Pieces are found line by line and, within changed lines, word by word. The time has a bound
whatever the texts are.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"\w+|\s|[^\w\s]")
_WORD = re.compile(r"\w+|[^\w\s]")
MOST_SHOWN = 20_000_000
"""The largest table of old by new lines (or words) kept to find pieces: 40 MB, some 2,000
words changed from first to last. Longer changes are shown as exchanged whole: nobody reads more."""
_UINT16 = 65_535
# When pieces are looked for, an exchange costs three quarters of taking out and putting in: one
# changed word is an exchange, and two are none where that lets a word between them stay.
_GAP, _SWAP = 2, 3
MOST_COUNTED = 50_000_000
"""The largest table that the distance fills; beyond it, the words of the changed pieces count,
which is never less than the true distance."""


class Kind(StrEnum):
    """Whether a piece is in both texts, only in the old or only in the new one."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text. Same and removed pieces joined are the old text, same and added the new."""

    kind: Kind
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The texts in pieces, in reading order; no character is lost, white space included. Of an
    exchange, the removed piece comes first. White space between two changes counts as changed.
    """
    found: list[Piece] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for same, one, other in _aligned(old, new):
        if same:
            found.append(Piece(Kind.SAME, one))
        else:
            found += _words_of(one, other)
    return _tidy(found)


def distance(before: str, after: str) -> float:
    """How much was changed: 0 for the same words, 1 for no word in common. White space counts for
    nothing, case and punctuation do. Two empty texts are the same.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    most = max(len(old), len(new))
    start, end = _ends(old, new)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old or not new:
        changed = max(len(old), len(new))
    elif len(old) * len(new) <= MOST_COUNTED:
        changed = int(deque(_rows(old, new), maxlen=1)[0][-1])
    else:
        changed = _counted(pieces(before, after))
    return min(1.0, changed / most) if most else 0.0


def _words_of(old: str, new: str) -> Iterator[Piece]:
    for same, one, other in _aligned(_TOKEN.findall(old), _TOKEN.findall(new)):
        if same:
            yield Piece(Kind.SAME, one)
        else:
            yield from _exchange(one, other)


def _exchange(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece(Kind.REMOVED, old)
    if new:
        yield Piece(Kind.ADDED, new)


def _tidy(found: Sequence[Piece]) -> list[Piece]:
    """White space between two changes joins them; each run of changes is at most two pieces."""
    changed = [piece.kind is not Kind.SAME for piece in found]
    for place in range(1, len(found) - 1):
        between = changed[place - 1] and found[place + 1].kind is not Kind.SAME
        if between and found[place].text.isspace():
            changed[place] = True
    tidy: list[Piece] = []
    for change, run in groupby(zip(changed, found, strict=True), key=lambda pair: pair[0]):
        group = [piece for _, piece in run]
        if change:
            old = "".join(piece.text for piece in group if piece.kind is not Kind.ADDED)
            new = "".join(piece.text for piece in group if piece.kind is not Kind.REMOVED)
            tidy += _exchange(old, new)
        elif text := "".join(piece.text for piece in group):
            tidy.append(Piece(Kind.SAME, text))
    return tidy


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
    """Runs of (whether both are the same, old text, new text), in order."""
    start, end = _ends(old, new)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    yield True, "".join(old[:start]), ""
    for same, run in groupby(_steps(middle_old, middle_new), key=lambda step: step[0]):
        steps = list(run)
        yield same, "".join(step[1] for step in steps), "".join(step[2] for step in steps)
    yield True, "".join(old[len(old) - end :]), ""


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[bool, str, str]]:
    """One way through the table, from its end to its start, then turned round."""
    if (
        not old
        or not new
        or len(old) * len(new) > MOST_SHOWN
        or _GAP * (len(old) + len(new)) > _UINT16
    ):
        return [(False, "".join(old), "".join(new))]
    table = np.empty((len(old) + 1, len(new) + 1), dtype=np.uint16)
    for place, row in enumerate(_rows(old, new, _GAP, _SWAP)):
        table[place] = row
    way: list[tuple[bool, str, str]] = []
    i, j = len(old), len(new)
    while i or j:
        here = int(table[i, j])
        if i and j and here == table[i - 1, j - 1] + _SWAP * (old[i - 1] != new[j - 1]):
            i, j = i - 1, j - 1
            way.append((old[i] == new[j], old[i], new[j]))
        elif i and here == table[i - 1, j] + _GAP:
            i -= 1
            way.append((False, old[i], ""))
        else:
            j -= 1
            way.append((False, "", new[j]))
    return way[::-1]


def _rows(
    old: Sequence[str], new: Sequence[str], gap: int = 1, swap: int = 1
) -> Iterator[NDArray[np.int32]]:
    """The table of distances between beginnings: row i, column j for i old and j new parts. To put
    in or take out costs `gap`, an exchange `swap`.

    What an insertion to the left adds is settled for the whole row at once: the running minimum of
    each cell less its column.
    """
    numbers = {part: n for n, part in enumerate(dict.fromkeys([*old, *new]))}
    columns = np.array([numbers[part] for part in new], dtype=np.int32)
    steps = gap * np.arange(len(new) + 1, dtype=np.int32)
    row = steps.copy()
    yield row
    for part in old:
        best = row + gap
        np.minimum(best[1:], row[:-1] + swap * (columns != numbers[part]), out=best[1:])
        row = np.minimum.accumulate(best - steps) + steps
        yield row


def _ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many parts the two begin with alike, and end with alike after those."""
    least = min(len(old), len(new))
    start = next((n for n in range(least) if old[n] != new[n]), least)
    room = least - start
    return start, next((n for n in range(room) if old[-1 - n] != new[-1 - n]), room)


def _counted(found: Sequence[Piece]) -> int:
    """The words of each exchange, of whichever side has more."""
    total = 0
    for change, run in groupby(found, key=lambda piece: piece.kind is not Kind.SAME):
        if change:
            total += max(len(_WORD.findall(piece.text)) for piece in run)
    return total
