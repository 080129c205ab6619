"""How near each expert's texts are to an item: a pool of profiles that items are scored against.

A text becomes a vector of length 1: its words and pairs of words, weighted by TF-IDF, are one half,
its pieces of words the other. A text speaks for its expert by the squared cosine to the item, less
what it has in common with anybody's texts; a profile's score is the mean over its texts. The square
lets one near text count for more than many distant ones; the mean, unlike the best text, does not
favour those who wrote much.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tasks.matching.text import features

PRIOR_TEXTS = 1.0  # a profile counts as if it had one more text, of score 0: little is no proof
REFERENCE = 500  # texts of the pool, evenly spread, that say what is common
_ROWS = 2_000
CELLS = 1_000_000  # cosines held at once: some 50 MB with what is made of them

Scores = NDArray[np.float64]
LeftOut = Sequence[tuple[int, int]]


class Pool:
    """Profiles to compare items with. What a word weighs is learnt from their texts alone."""

    def __init__(self, texts: Iterable[str], owners: Sequence[int], profiles: int) -> None:
        """Take all texts, one after the other; `owners` says whose each is, below `profiles`.

        A profile may have no text. A text of 100 characters takes about 5 kB here.
        """
        counts = features.count(texts)
        self._owner = np.asarray(owners, np.int64)
        self._owners = _marks(np.arange(len(owners)), self._owner, (len(owners), profiles))
        self._weights = _rarity(counts)
        vectors = self._vectors(counts)
        self._columns = vectors.T.tocsr()
        self._common = self._commonness(vectors)

    def scores(self, items: Sequence[str], left_out: LeftOut = ()) -> Scores:
        """A row for each item, a column for each profile: the higher, the nearer.

        0 says: no nearer than to anybody, or nothing is known. `left_out` are pairs of an item and
        a text of the pool, by their numbers, which are not compared. An item's scores depend on
        the pool, never on the other items.
        """
        vectors = self._vectors(features.count(items))
        step = max(1, CELLS // max(1, len(self._owner)))
        blocks = [np.zeros((0, self._owners.shape[1]))]
        for first in range(0, len(items), step):
            pairs = [(i - first, text) for i, text in left_out if first <= i < first + step]
            blocks.append(self._block(vectors[first : first + step], pairs))
        return np.vstack(blocks)

    def _block(self, vectors: sparse.csr_array, left_out: LeftOut) -> Scores:
        near = self._near(vectors)
        rows, texts = np.array(sorted(set(left_out)), np.int64).reshape(-1, 2).T
        away = _marks(rows, texts, near.shape)
        near = near - near * away
        common = self._common @ self._owners - (away * self._common) @ self._owners
        known = self._owners.sum(axis=0) - away @ self._owners
        scores: Scores = (near @ self._owners - common) / (known + PRIOR_TEXTS)
        return scores

    def _near(self, vectors: sparse.csr_array) -> sparse.csr_array:
        """Squared cosines of some vectors to all texts of the pool, a row for each vector."""
        return (vectors @ self._columns).astype(np.float64).power(2)

    def _vectors(self, counts: sparse.csr_array) -> sparse.csr_array:
        """Counts become weights, in place and some rows at a time, which bounds the memory.

        1 + ln(count), since the tenth time says less than the first, times the rarity; then words
        and pieces are each brought to length sqrt(1/2).
        """
        for first in range(0, counts.shape[0], _ROWS):
            ends = counts.indptr[first : first + _ROWS + 1]
            here = slice(ends[0], ends[-1])
            columns = counts.indices[here]
            values = (1 + np.log(counts.data[here])) * self._weights[columns]
            half = 2 * np.repeat(np.arange(len(ends) - 1), np.diff(ends))
            half += columns >= features.COLUMNS
            lengths = np.sqrt(2 * np.bincount(half, values**2))
            counts.data[here] = values / lengths[half]
        return counts

    def _commonness(self, vectors: sparse.csr_array) -> NDArray[np.float64]:
        """For each text the mean squared cosine to texts of others; 0 where nobody else has any."""
        count = len(self._owner)
        total, others = np.zeros(count), np.zeros(count)
        chosen = np.unique(np.linspace(0, count - 1, REFERENCE).astype(np.int64)) if count else ()
        step = max(1, CELLS // max(1, count))
        for first in range(0, len(chosen), step):
            some = chosen[first : first + step]
            near = self._near(vectors[some])
            own = self._owners[some] @ self._owners.T
            total += (near - near * own).sum(axis=0)
            others += len(some) - own.sum(axis=0)
        return np.divide(total, others, out=np.zeros(count), where=others > 0)


def places(scores: Scores) -> Scores:
    """For each score the share of the others that lie below it; an equal one counts half.

    The highest alone is 1, the lowest alone 0; somebody without others is 1.
    """
    if len(scores) < 2:  # noqa: PLR2004 - nobody to compare with
        return np.ones(len(scores))
    ordered = np.sort(scores)
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    found: Scores = (below + up_to - 1) / 2 / (len(scores) - 1)
    return found


def _rarity(counts: sparse.csr_array) -> NDArray[np.float32]:
    """The weight of each column: 1 + ln((1 + texts) / (1 + texts that have it))."""
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    weights: NDArray[np.float32] = np.log((1 + counts.shape[0]) / (1 + having)) + 1
    return weights.astype(np.float32)


def _marks(
    rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> sparse.csr_array:
    """Ones at the places named."""
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
