"""Near-duplicates: the estimate against counting, the same numbers in every process."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest

from tasks.quality import minhash

TEXT = (
    "The court held that the clause was void because it was neither signed nor read to the tenant, "
    "who could not have known of it when the lease began; the landlord bears the costs."
)
FIRST = [82858898, 76192220, 105649760]


def text(rng, words=400):
    return [f"w{rng.randrange(5000)}" for _ in range(words)]


def shared(one, other):
    a, b = ({tuple(of[i : i + 3]) for i in range(len(of) - 2)} for of in (one, other))
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("every", [4, 8, 16, 40])
def test_the_estimate_is_the_share_of_common_shingles(every):
    rng = random.Random(every)
    off = []
    for _ in range(20):
        one = text(rng)
        other = ["new" if i % every == 0 else word for i, word in enumerate(one)]
        found = [minhash.signature(" ".join(of)) for of in (one, other)]
        off.append(minhash.similarity(*found) - shared(one, other))
    assert np.mean(off) == pytest.approx(0, abs=0.03)
    assert np.abs(off).max() < 0.18  # four standard errors


def test_near_texts_meet_in_a_band_and_strangers_do_not():
    rng = random.Random(2)
    met = 0
    for _ in range(50):
        one = text(rng)
        near = ["new" if i % 20 == 0 else word for i, word in enumerate(one)]
        found = [minhash.signature(" ".join(of)) for of in (one, near, text(rng))]
        keys = [set(minhash.bands(of)) for of in found]
        met += bool(keys[0] & keys[1])
        assert minhash.near(found[0], found[1])
        assert not keys[0] & keys[2]
        assert not minhash.near(found[0], found[2])
    assert met == 50


def test_case_punctuation_and_composition_count_for_nothing():
    other = TEXT.upper().replace(",", " --").replace(" ", "\n ").replace("costs", "ｃosts")
    assert minhash.similarity(minhash.signature(TEXT), minhash.signature(other)) == 1


def test_words_of_many_scripts():
    assert minhash.words("Café CAFE\u0301 don't snake_case") == [
        "café", "café", "don", "t", "snake", "case",
    ]  # fmt: skip
    assert minhash.words("法院认为 条款") == list("法院认为条款")


def test_short_texts_have_no_signature():
    assert minhash.signature("Yes, this is correct.") is None
    assert minhash.signature("") is None
    assert minhash.signature("one two three four five six seven eight nine ten eleven") is None
    assert minhash.signature("一二三四五六七八九十百千") is not None


def test_to_quote_the_task_is_no_copying():
    rng = random.Random(3)
    task, mine, yours = (" ".join(text(rng, words)) for words in (300, 60, 60))
    plain = [minhash.signature(f"{task} {own}") for own in (mine, yours)]
    assert minhash.near(*plain)
    besides = [minhash.signature(f"{task} {own}", task) for own in (mine, yours)]
    assert minhash.similarity(*besides) < 0.1
    assert minhash.signature(task, task) is None


def test_a_signature_is_stored_and_read_back():
    found = minhash.signature(TEXT)
    stored = minhash.packed(found)
    assert len(stored) == 512
    assert (minhash.unpacked(stored) == found).all()
    with pytest.raises(ValueError, match="no signature"):
        minhash.unpacked(stored[1:])


def test_keys_fit_postgresql_and_name_their_band():
    keys = minhash.bands(minhash.signature(TEXT))
    assert len(set(keys)) == 32
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert len(set(minhash.bands(np.zeros(128, dtype=np.uint32)))) == 32


@pytest.mark.parametrize("seed", ["0", "1"])
def test_numbers_are_the_same_in_every_process(seed):
    """A signature stored last year is compared with today's."""
    program = (
        "from tasks.quality import minhash;"
        f"s = minhash.signature({TEXT!r}); print(*s[:3], minhash.bands(s)[0])"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    told = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    found = minhash.signature(TEXT)
    assert told.stdout.split() == [*map(str, found[:3]), str(minhash.bands(found)[0])]
    assert found[:3].tolist() == FIRST
