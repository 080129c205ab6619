"""Shares and small groups, as arithmetic."""

import pytest

from tasks.matching.fairness import Group, gini, percentile, shares, shown


@pytest.mark.parametrize(
    ("amounts", "value"),
    [
        ([], 0),
        ([0, 0, 0], 0),
        ([5], 0),
        ([4, 4, 4], 0),
        ([0, 0, 0, 8], 0.75),
        ([3, 1, 2], 2 / 9),  # pairs differ by 1, 1, 2 twice each: 8 / 9 / (2 * 2)
    ],
)
def test_gini(amounts, value):
    assert gini(amounts) == pytest.approx(value)


def test_gini_is_half_the_mean_difference_over_the_mean():
    amounts = [7, 0, 3, 3, 12, 1]
    n, mean = len(amounts), sum(amounts) / len(amounts)
    differences = sum(abs(one - other) for one in amounts for other in amounts) / n**2
    assert gini(amounts) == pytest.approx(differences / (2 * mean))


def test_percentiles_are_values_that_occur():
    assert percentile([], 50) is None
    assert percentile([9], 90) == 9
    assert percentile([10, 30, 20, 40], 50) == 20
    assert percentile(list(range(1, 11)), 90) == 9
    assert percentile(list(range(1, 12)), 90) == 10


def test_shares():
    found = shares([6, 3, 0])
    assert (found.experts, found.claims, found.largest) == (3, 9, 6)
    assert found.largest_share == pytest.approx(2 / 3)
    assert found.mean_share == pytest.approx(1 / 3)
    assert found.largest_to_mean == 2
    nobody = shares([])
    assert (nobody.largest_share, nobody.mean_share, nobody.largest_to_mean) == (0, 0, 0)


def test_pay_for_an_hour_is_kept_apart_by_currency_and_rounded_down():
    group = Group("DE", 2, 3, {"usd": (1000, 70), "eur": (500, 30), "gbp": (1, 0)})
    assert group.hourly == {"eur": 1000, "usd": 857}
    assert group.claims_each == 1.5


def test_small_groups_are_shown_together_or_not_at_all():
    large = Group("DE", 5, 10, {"usd": (100, 10)})
    three = Group("AT", 3, 4, {"usd": (10, 5)})
    two = Group("CH", 2, 1, {"usd": (30, 5), "eur": (1, 1)})
    assert shown([large, three]) == [large]
    assert shown([large, three, two]) == [
        large,
        Group("", 5, 5, {"usd": (40, 10), "eur": (1, 1)}),
    ]
    assert shown([]) == []
