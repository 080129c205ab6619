"""What changed between two texts: nothing is lost, and the distance is Levenshtein's."""

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.quality import edits
from tasks.quality.edits import Kind, Piece

TEXTS = st.text(alphabet="ab .\n\té", max_size=30)


def parts(before, after):
    return [(piece.kind.value, piece.text) for piece in edits.pieces(before, after)]


def plain(old, new):
    """Levenshtein's distance as every textbook has it."""
    row = list(range(len(new) + 1))
    for i, one in enumerate(old, 1):
        left, row = row, [i]
        for j, other in enumerate(new, 1):
            row.append(min(left[j] + 1, row[-1] + 1, left[j - 1] + (one != other)))
    return row[-1]


def test_words_within_a_line():
    assert parts("The contract is void.", "The contract is voidable.") == [
        ("same", "The contract is "),
        ("removed", "void"),
        ("added", "voidable"),
        ("same", "."),
    ]


def test_white_space_between_two_changes_changes_with_them():
    assert parts("a quick brown fox", "a slow red fox") == [
        ("same", "a "),
        ("removed", "quick brown"),
        ("added", "slow red"),
        ("same", " fox"),
    ]


def test_lines_that_stay_are_left_alone():
    before, after = "one\ntwo\nthree\n", "one\nthree\nfour\n"
    assert parts(before, after) == [
        ("same", "one\n"),
        ("removed", "two\n"),
        ("same", "three\n"),
        ("added", "four\n"),
    ]


def test_the_same_text_is_one_piece_and_no_text_none():
    assert edits.pieces("as it was\n", "as it was\n") == [Piece(Kind.SAME, "as it was\n")]
    assert edits.pieces("", "") == []
    assert parts("", "new") == [("added", "new")]
    assert parts("old", "") == [("removed", "old")]


@given(TEXTS, TEXTS)
def test_pieces_join_to_both_texts(before, after):
    found = edits.pieces(before, after)
    assert "".join(p.text for p in found if p.kind is not Kind.ADDED) == before
    assert "".join(p.text for p in found if p.kind is not Kind.REMOVED) == after
    assert all(p.text for p in found)
    assert all(one.kind is not other.kind for one, other in pairwise(found))


@given(TEXTS, TEXTS)
def test_the_distance_is_the_textbooks(before, after):
    old, new = (re.findall(r"\w+|[^\w\s]", text) for text in (before, after))
    wanted = plain(old, new) / max(len(old), len(new), 1)
    assert edits.distance(before, after) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("a b c d", "a x c d", 0.25),
        ("a b c d", "  a b\nc d ", 0),
        ("a b", "A b", 0.5),
        ("a b c", "a b c d e f", 0.5),
        ("Yes", "Yes!", 0.5),
    ],
)
def test_how_much_was_changed(before, after, wanted):
    assert edits.distance(before, after) == wanted


def test_texts_too_long_to_align_are_exchanged_whole_and_counted(monkeypatch):
    monkeypatch.setattr(edits, "MOST_SHOWN", 20)
    monkeypatch.setattr(edits, "MOST_COUNTED", 20)
    rng = random.Random(4)
    old = " ".join(rng.choice("abc") for _ in range(30))
    new = "x " + " ".join(rng.choice("abc") for _ in range(40))
    assert parts("same\n" + old, "same\n" + new) == [
        ("same", "same\n"),
        ("removed", old),
        ("added", new),
    ]
    assert edits.distance("same\n" + old, "same\n" + new) == 41 / 42
