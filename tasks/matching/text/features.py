"""Texts as rows of counts: which words, pairs of words and pieces of words each text holds.

Features are hashed into a fixed number of columns, so nothing need be learnt or kept: the same text
gives the same row in every process. Two features in one column are taken for the same; among
100,000 that befalls one in ten, with a stranger as rare as itself. All of it is array arithmetic,
so that a thousand profiles take seconds. scikit-learn counts words as well, but would be three more
packages in place of this page.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MOST_CHARACTERS = 50_000  # of one text; what comes later in it is not read
PIECES = (3, 4, 5)  # characters of a piece
COLUMNS = 1 << 20  # for words and pairs, and as many again for pieces

_PACK = 250_000  # characters turned into counts at once: this bounds the memory
# Python's \w leaves out the vowel signs of Indic and Thai scripts, which would cut words apart.
_MARKS = "".join(chr(c) for c in range(0x300, 0xFE30) if unicodedata.category(chr(c))[0] == "M")
_BETWEEN = re.compile(f"(?:[^\\w{_MARKS}]|_)+")
_SPACE = ord(" ")
# Odd numbers whose bits look like chance: the constants of the generator splitmix64.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_NEXT = np.uint64(0x94D049BB133111EB)

Rows = NDArray[np.int64]
Features = tuple[Rows, Rows]  # columns, and the row that each stands in


def plain(text: str) -> str:
    """The text's words in lower case, with a space before, between and after them.

    Characters are brought to their compatible forms first (NFKC), so that a ligature or a
    full-width letter counts as the letters it stands for.
    """
    form = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    return f" {_BETWEEN.sub(' ', form).strip()} "


def count(texts: Iterable[str]) -> sparse.csr_array:
    """A row for each text: how often it has each word, pair of words and piece of a word.

    A word has two characters or more; a pair is two such words in a row; they stand in the first
    `COLUMNS` columns. A piece is three to five characters of one word, its edges counted as one
    space each, so that `neuron` and `neuronal` have most of theirs in common; they stand in the
    other `COLUMNS`. A text without words is a row of zeros.
    """
    parts = [_matrix([], 0)]
    for pack in _packs(texts):
        points = np.frombuffer("".join(pack).encode("utf-32-le", "surrogatepass"), "<u4")
        rows = np.repeat(np.arange(len(pack)), [len(text) for text in pack])
        parts.append(_matrix([*_words(points, rows), *_pieces(points, rows)], len(pack)))
    return sparse.vstack(parts, format="csr")


def _packs(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in their plain form, some characters at a time."""
    pack: list[str] = []
    size = 0
    for text in texts:
        pack.append(plain(text))
        size += len(pack[-1])
        if size >= _PACK:
            yield pack
            pack, size = [], 0
    if pack:
        yield pack


def _words(points: NDArray[np.uint32], rows: Rows) -> Iterator[Features]:
    """The columns of words, then of pairs; a hash is a polynomial in the word's characters."""
    blank = points == _SPACE
    index = np.arange(len(points))
    place = index - np.maximum.accumulate(np.where(blank, index, 0))  # 1 for a word's first letter
    starts = np.flatnonzero(place == 1)
    if not len(starts):
        return
    powers = np.cumprod(np.full(int(place.max()) + 1, _BASE))
    hashes = np.add.reduceat(np.where(blank, 0, points * powers[place]), starts)
    long = ~blank[starts + 1]
    hashes, owners = hashes[long], rows[starts[long]]
    paired = owners[1:] == owners[:-1]
    yield _columns(hashes), owners
    yield _columns((hashes[:-1] + _NEXT * hashes[1:])[paired]), owners[1:][paired]


def _pieces(points: NDArray[np.uint32], rows: Rows) -> Iterator[Features]:
    """The columns of pieces of each length; no piece has a space but at its ends."""
    blank = points == _SPACE
    for size in PIECES:
        starts = np.arange(max(0, len(points) - size + 1))
        inner = sum((blank[starts + step] for step in range(1, size - 1)), np.zeros_like(starts))
        starts = starts[inner == 0]
        letters = (points[starts + step] * _BASE ** np.uint64(step + 1) for step in range(size))
        hashes = sum(letters, np.full(len(starts), size, np.uint64))
        yield COLUMNS + _columns(hashes), rows[starts]


def _columns(hashes: NDArray[np.uint64]) -> Rows:
    """The top bits of the mixed hash."""
    mixed = (hashes ^ (hashes >> np.uint64(30))) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _NEXT
    return (mixed >> np.uint64(64 - COLUMNS.bit_length() + 1)).astype(np.int64)


def _matrix(features: Sequence[Features], height: int) -> sparse.csr_array:
    """How often each column stands in each row."""
    columns = np.concatenate([np.empty(0, np.int64), *(some for some, _ in features)])
    rows = np.concatenate([np.empty(0, np.int64), *(some for _, some in features)])
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_array((ones, (rows, columns)), shape=(height, 2 * COLUMNS))
