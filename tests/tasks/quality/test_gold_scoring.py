"""What counts as right beside a known answer, and when the known answer is in doubt."""

import pytest
from scipy.stats import binomtest

from tasks.quality.gold_scoring import doubtful, jaccard, right, upper_bound

TEXT = "Either party may end it."


def span(first, last, label="fault"):
    """The passage from one word (or a part of it) to another."""
    start, end = TEXT.index(first), TEXT.index(last) + len(last)
    return {"start": start, "end": end, "label": label, "text": TEXT[start:end]}


@pytest.mark.parametrize(
    ("kind", "known", "given", "tolerance", "expected"),
    [
        ("choice", "a", "a", {}, True),
        ("choice", "a", "b", {}, False),
        ("choice", "a", None, {}, False),
        ("choice", None, None, {}, True),
        ("preference", "a1", "a2", {}, False),
        ("ranking", ["a", "b"], ["b", "a"], {}, False),
        ("rating", 4, 4, {}, True),
        ("rating", 4, 3, {}, False),
        ("rating", 4, 3, {"within": 1}, True),
        ("rating", 4, 2, {"within": 1}, False),
        ("rating", 4, None, {"within": 1}, False),
        ("multi", ["a", "b"], ["b", "a"], {}, True),
        ("multi", ["a", "b"], ["a"], {}, False),
        ("multi", ["a", "b"], ["a"], {"jaccard": 0.5}, True),
        ("multi", ["a", "b"], ["a"], {"jaccard": 0.51}, False),
        ("multi", None, ["a"], {"jaccard": 0.5}, False),
        ("multi", None, None, {}, True),
        ("spans", [span("may", "end")], [span("may", "end")], {}, True),
        ("spans", [span("may", "end")], [span("ay", "en")], {}, True),  # the same words
        ("spans", [span("may", "end")], [span("may", "may")], {}, False),
        ("spans", [span("may", "end")], [span("may", "may")], {"f1": 0.66}, True),
        ("spans", [span("may", "end")], [span("may", "may")], {"f1": 0.67}, False),
        ("spans", [span("may", "end")], [span("may", "end", "other")], {"f1": 0.1}, False),
        ("spans", [span("may", "end")], None, {"f1": 0.1}, False),
        ("spans", [span("may", "may"), span("end", "end")], [span("may", "end")], {"f1": 1}, True),
        ("spans", None, None, {}, True),
    ],
)
def test_right_is_exact_unless_a_tolerance_says_otherwise(kind, known, given, tolerance, expected):
    assert right(kind, known, given, tolerance, TEXT) is expected


def test_shares_by_hand():
    assert jaccard("abc", "bcd") == 0.5


@pytest.mark.parametrize(("successes", "trials"), [(0, 3), (1, 3), (7, 10), (18, 20), (5, 5)])
def test_the_bound_is_that_of_clopper_and_pearson(successes, trials):
    exact = binomtest(successes, trials).proportion_ci(0.90, method="exact").high
    assert upper_bound(successes, trials) == pytest.approx(exact)


@pytest.mark.parametrize(
    ("good_right", "good_seen", "expected"),
    [
        (0, 0, False),
        (0, 2, False),  # the bound is .776, but two are too few
        (0, 3, True),  # .632
        (1, 3, False),  # .865
        (1, 4, True),  # .751
        (2, 5, False),  # .811
        (5, 10, True),  # .778
        (6, 10, False),  # .850
    ],
)
def test_a_known_answer_is_in_doubt_when_good_annotators_fail_it(good_right, good_seen, expected):
    assert doubtful(good_right, good_seen) is expected
