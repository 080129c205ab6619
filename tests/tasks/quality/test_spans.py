"""Marked passages: compared and merged token by token."""

from fractions import Fraction

import pytest

from tasks.quality.spans import Span, merge, token_f1

TEXT = "The tenant, John Smith, pays the costs of the lease."


def span(words, label="party"):
    start = TEXT.index(words)
    return Span(start, start + len(words), label)


def test_f1_counts_tokens():
    one, other = [span("John Smith")], [span("tenant, John Smith")]
    assert token_f1(TEXT, one, one) == 1
    assert token_f1(TEXT, one, other) == pytest.approx(2 * 2 / (2 + 4))  # the comma is a token
    assert token_f1(TEXT, one, [span("costs")]) == 0
    assert token_f1(TEXT, one, []) == 0
    assert token_f1(TEXT, [], []) == 1


def test_labels_are_compared_and_spaces_are_not():
    assert token_f1(TEXT, [span("John Smith")], [span("John Smith", "person")]) == 0
    assert token_f1(TEXT, [span("John Smith")], [span(" John Smith")]) == 1


def test_a_part_of_a_word_is_the_word():
    assert token_f1(TEXT, [span("ohn Smi")], [span("John Smith")]) == 1


def test_what_most_marked_is_marked():
    found = merge(TEXT, [[span("John Smith")], [span("tenant, John Smith")], [span("Smith")]])
    assert found.spans == (span("John Smith"),)
    # tenant 1 of 3, comma 1 of 3, John 2 of 3, Smith 3 of 3
    assert found.share == (Fraction(2, 3) * 3 + 1) / 4
    assert found.alike == pytest.approx((4 / 6 + 2 / 3 + 2 / 5) / 3)


def test_half_is_not_most():
    found = merge(TEXT, [[span("John Smith")], []])
    assert (found.spans, found.share, found.alike) == ((), Fraction(1, 2), 0)


def test_labels_are_voted_on_apart_and_may_overlap():
    both = [span("John Smith"), span("Smith, pays", "clause")]
    found = merge(TEXT, [both, both])
    assert found.spans == tuple(sorted(both))
    assert (found.share, found.alike) == (1, 1)


def test_two_spans_side_by_side_stay_two():
    apart = [span("John"), span("Smith")]
    assert merge(TEXT, [apart, apart, [span("John Smith")]]).spans == tuple(apart)
    together = merge(TEXT, [apart, [span("John Smith")], [span("John Smith")]])
    assert together.spans == (span("John Smith"),)


def test_nobody_marked_anything_and_all_agree():
    found = merge(TEXT, [[], [], []])
    assert (found.spans, found.share, found.alike) == ((), 1, 1)
    assert merge(TEXT, [[span("costs")]]).alike is None
    assert merge("", [[Span(0, 3, "party")]]).spans == ()


def test_what_is_no_span_is_refused():
    with pytest.raises(ValueError, match="character"):
        Span(3, 3, "party")
    with pytest.raises(ValueError, match="character"):
        Span(-1, 3, "party")
    with pytest.raises(ValueError, match="Nobody"):
        merge(TEXT, [])
