"""Expertise from text: exact scores on small pools, and against the definition written plainly."""

import itertools
import math
import re
import unicodedata
from collections import Counter

import numpy as np
import pytest

from tasks.matching.text import features, similarity
from tasks.matching.text.similarity import Pool

TEXTS = [
    "Cardiac arrest in young athletes",
    "The heart's electrical axis; cardiac pacing and the heart",
    "Contract law: remedies, and the law of torts",
    "Naïve Bayes, ﬁrst order",
    "Cardiac law",
]
OWNERS = [0, 0, 1, 2, 1]
ITEMS = ["Which athletes need a cardiac test?", "the law of contract", "", "Bayésian naïveté?"]


def words_of(text):
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.findall(r"[^\W_]+", plain)


def halves_of(text):
    """Counts of words and pairs, counts of pieces: the definition, a dictionary each."""
    words = words_of(text)
    long = [word for word in words if len(word) > 1]
    pieces = [
        ("piece", f" {word} "[start : start + size])
        for word in words
        for size in (3, 4, 5)
        for start in range(len(word) + 3 - size)
    ]
    return Counter([*long, *itertools.pairwise(long)]), Counter(pieces)


def vectors_of(texts, pool):
    """Each text as one dictionary of weights, of length 1."""
    having = Counter(one for text in pool for half in halves_of(text) for one in half)
    made = []
    for text in texts:
        vector = {}
        for half in halves_of(text):
            weights = {
                one: (1 + math.log(count)) * (1 + math.log((1 + len(pool)) / (1 + having[one])))
                for one, count in half.items()
            }
            length = math.sqrt(2 * sum(weight**2 for weight in weights.values()))
            vector |= {one: weight / length for one, weight in weights.items()}
        made.append(vector)
    return made


def squared_cosine(one, other):
    return sum(weight * other.get(name, 0) for name, weight in one.items()) ** 2


def expected(items, texts, owners, profiles, left_out=()):
    pool, asked = vectors_of(texts, texts), vectors_of(items, texts)
    scores = np.zeros((len(items), profiles))
    for number, item in enumerate(asked):
        for profile in range(profiles):
            parts = [0.0]  # the text that everybody is given
            for text, vector in enumerate(pool):
                if owners[text] == profile and (number, text) not in left_out:
                    others = [
                        squared_cosine(vector, other)
                        for owner, other in zip(owners, pool, strict=True)
                        if owner != profile
                    ]
                    parts.append(squared_cosine(item, vector) - sum(others) / len(others))
            scores[number, profile] = sum(parts) / len(parts)
    return scores


def test_a_text_of_the_same_words_scores_one_half_and_a_foreign_one_nothing():
    """One text is a mean over two: the expert's own, and the one that everybody is given."""
    assert Pool(["neuron", "statute"], [0, 1], 2).scores(["Neuron!"]).tolist() == [
        [pytest.approx(0.5), 0.0]
    ]


def test_scores_are_those_of_the_definition():
    left_out = [(0, 0), (1, 2), (1, 4), (3, 3)]
    pool = Pool(TEXTS, OWNERS, 4)
    assert pool.scores(ITEMS) == pytest.approx(expected(ITEMS, TEXTS, OWNERS, 4), abs=1e-6)
    found = pool.scores(ITEMS, left_out)
    assert found == pytest.approx(expected(ITEMS, TEXTS, OWNERS, 4, left_out), abs=1e-6)
    assert pool.scores(ITEMS, [*left_out, *left_out]).tolist() == found.tolist()


def test_what_everybody_writes_proves_nothing():
    """Two experts write one of the item's two words each; all others write the first as well."""
    texts = ["virus", "protein", *["virus and statute law"] * 20]
    common, rare = Pool(texts, range(22), 22).scores(["virus protein"])[0, :2]
    assert common < 0 < rare


def test_a_left_out_text_counts_as_if_it_had_never_been_there():
    """But for the weights, which are the pool's: the same text twice, one of them left out."""
    pool = Pool(["cardiac pacing", "cardiac pacing", "tort law"], [0, 1, 2], 3)
    kept, out, other = pool.scores(["cardiac pacing"], [(0, 1)])[0]
    assert kept > 0.2
    assert out == 0.0
    assert other < kept


def test_an_items_scores_do_not_depend_on_its_neighbours_or_the_size_of_the_block(monkeypatch):
    left_out = [(0, 0), (3, 3)]
    whole = Pool(TEXTS, OWNERS, 3).scores(ITEMS, left_out)
    alone = [
        Pool(TEXTS, OWNERS, 3).scores([item], [(0, t) for i, t in left_out if i == n])[0].tolist()
        for n, item in enumerate(ITEMS)
    ]
    assert whole.tolist() == alone
    monkeypatch.setattr(similarity, "CELLS", 7)
    assert Pool(TEXTS, OWNERS, 3).scores(ITEMS, left_out).tolist() == whole.tolist()


def test_the_order_of_profiles_and_texts_changes_nothing():
    backwards = Pool(TEXTS[::-1], [2 - owner for owner in OWNERS[::-1]], 3).scores(ITEMS)
    assert backwards[:, ::-1] == pytest.approx(Pool(TEXTS, OWNERS, 3).scores(ITEMS), abs=1e-6)


def test_many_packs_are_counted_like_one(monkeypatch):
    whole = features.count(TEXTS)
    monkeypatch.setattr(features, "_PACK", 20)
    assert (features.count(TEXTS) != whole).nnz == 0


def test_what_holds_no_word_scores_nothing():
    empty = ["", "   ", "?! …", "_", "\x00"]
    assert features.count(empty).nnz == 0
    pool = Pool([*empty, "law"], [0, 0, 0, 0, 0, 1], 3)
    assert pool.scores(["law", *empty])[0].tolist() == [0.0, pytest.approx(0.5), 0.0]
    assert not pool.scores(empty).any()
    assert pool.scores([]).shape == (0, 3)
    assert Pool([], [], 2).scores(["law"]).tolist() == [[0.0, 0.0]]
    assert Pool([], [], 0).scores(["law"]).shape == (1, 0)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ﬁbre ＡＢＣ", " fibre abc "),
        ("NAI\u0308VE snake_case x-ray", " naïve snake case x ray "),
        ("हिन्दी भाषा", " हिन्दी भाषा "),
        ("心臓の手術。", " 心臓の手術 "),
        ("a\ud800b", " a b "),
        ("", "  "),
    ],
)
def test_words_of_any_script_stay_whole(text, plain):
    assert features.plain(text) == plain
    features.count([text])


def test_related_words_have_pieces_in_common():
    near, far = Pool(["neuronal", "statutory"], [0, 1], 2).scores(["neurons"])[0]
    assert near > 0.01
    assert far == 0


def test_of_a_huge_text_the_first_characters_are_read():
    long = "cardiac pacing " * 100_000
    pool = Pool([long, "law"], [0, 1], 2)
    assert pool.scores([long])[0, 0] == pytest.approx(0.5)
    beyond = "x" * features.MOST_CHARACTERS + " law"
    assert features.count([beyond])[:, : features.COLUMNS].nnz == 1


def test_three_texts_that_fit_prove_more_than_one():
    texts = ["cardiac pacing", *["cardiac pacing"] * 3, *["tort law"] * 20]
    scores = Pool(texts, [0, 1, 1, 1, *range(2, 22)], 23).scores(["cardiac pacing"])[0]
    assert scores[1] > scores[0] > scores[22] == 0 > scores[2]


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ([], []),
        ([-3.0], [1.0]),
        ([0.2, -1.0, 5.0], [0.5, 0.0, 1.0]),
        ([1.0, 1.0, 0.0], [0.75, 0.75, 0.0]),
        ([0.0, 0.0], [0.5, 0.5]),
    ],
)
def test_a_place_is_the_share_of_the_others_below(scores, found):
    assert similarity.places(np.array(scores)).tolist() == found
