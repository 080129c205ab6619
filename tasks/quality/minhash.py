"""Near-duplicate texts, found without comparing each with each: MinHash signatures and their bands.

A text is the set of its runs of three words. How much two sets share (Jaccard: common by all) is
estimated by the share of equal numbers in their signatures (Broder 1997, On the resemblance and
containment of documents). Texts that share a band of four such numbers are worth comparing
(Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4). Everything is a function
of the words alone: the same in every process, on every machine, for good. Changing a constant here
makes stored signatures worthless.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Signature = NDArray[np.uint32]

HASHES, ROWS = 128, 4
"""128 numbers in 32 bands of 4: texts that share .6 meet in some band with chance .99, texts that
share .2 with chance .05."""
SHINGLE = 3
LEAST_WORDS = 12
"""Shorter texts, and those with fewer different shingles than as many words have, are alike by
chance ("Yes, this is correct."): they have no signature."""
NEAR = 0.6
"""From here on two texts are near-duplicates. Of the answers that two language models gave to one
instruction (PandaLM's pairs, the instruction's shingles left out), half share < .04, one in twenty
> .27, one in a hundred > .6."""
# A letter each of the scripts that put no space between words (Thai, kana, Chinese); else words.
_WORDS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_]+")
_PIECE = 4_096


def words(text: str) -> list[str]:
    """The words as they are compared: composed the one way (NFKC), case and punctuation gone."""
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


def signature(text: str, besides: str = "") -> Signature | None:
    """128 numbers, each the least of all shingles under a mixing of its own; None if too short.

    Shingles of `besides` (the task's own text) are left out: to quote the question is no copying.
    """
    shingles = np.setdiff1d(_shingles(text), _shingles(besides))
    if shingles.size < LEAST_WORDS - SHINGLE + 1:
        return None
    least = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, shingles.size, _PIECE):
        some = _mix(shingles[start : start + _PIECE, None] ^ _SEEDS)
        least = np.minimum(least, some.min(axis=0))
    return (least >> np.uint64(32)).astype(np.uint32)


def bands(of: Signature) -> list[int]:
    """32 keys, signed 64-bit so that PostgreSQL's bigint holds them; texts with a key in common are
    candidates. The number of the band is part of the key."""
    groups = of.reshape(-1, ROWS).astype(np.uint64)
    keys = np.arange(1, len(groups) + 1, dtype=np.uint64)
    for column in range(ROWS):
        keys = _mix(keys ^ groups[:, column])
    return [int(key) for key in keys.view(np.int64)]


def similarity(one: Signature, other: Signature) -> float:
    """The estimated share of common shingles, 0 to 1, with a standard error of at most .045."""
    return float((one == other).mean())


def near(one: Signature, other: Signature, threshold: float = NEAR) -> bool:
    """Tell whether two texts are near-duplicates."""
    return similarity(one, other) >= threshold


def packed(of: Signature) -> bytes:
    """512 bytes to store; the same on every machine."""
    return of.astype("<u4").tobytes()


def unpacked(stored: bytes) -> Signature:
    """What `packed` made. Refuses any other length."""
    if len(stored) != HASHES * 4:
        raise ValueError("This is no signature.")
    return np.frombuffer(stored, dtype="<u4").astype(np.uint32)


def _shingles(text: str) -> NDArray[np.uint64]:
    hashes = np.array([_word_hash(word) for word in words(text)], dtype=np.uint64)
    count = max(hashes.size - SHINGLE + 1, 0)
    shingles = np.zeros(count, dtype=np.uint64)
    for place in range(SHINGLE):
        shingles = _mix(shingles ^ hashes[place : place + count])
    return shingles


@lru_cache(maxsize=65_536)
def _word_hash(word: str) -> int:
    """Not Python's hash(), which differs from process to process."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit moves every other."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


_SEEDS = _mix(np.arange(1, HASHES + 1, dtype=np.uint64))
