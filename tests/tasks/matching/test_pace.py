"""Days to finish and shares: small cases that can be checked by hand."""

import pytest

from tasks.matching.pace import days_to_finish, shares


@pytest.mark.parametrize(
    ("slots", "experts", "days"),
    [
        (0, [], 0),
        (10, [], None),
        (10, [(2, 100)], 5),
        (10, [(2, 9)], None),
        (10, [(2, 10)], 5),
        (12, [(2, 100), (4, 100)], 2),
        # the fast one is done with 4 after a day; the other goes on alone: 1 + (12 - 4 - 2) / 2
        (12, [(2, 100), (4, 4)], 4),
        # each of 10 tasks wants two answers of two experts: the slower one sets the time
        (20, [(5, 10), (1, 10)], 10),
        (10, [(0, 100), (2, 100)], 5),
        (10, [(3, 0), (2, 100)], 5),
    ],
)
def test_days_follow_from_paces_and_limits(slots, experts, days):
    assert days_to_finish(slots, experts) == days


def test_shares_are_what_each_does_by_the_end():
    assert shares(12, [(2, 100), (4, 4)]) == pytest.approx([8 / 12, 4 / 12])
    assert shares(12, [(2, 100), (4, 100)]) == pytest.approx([1 / 3, 2 / 3])
    assert shares(10, [(2, 3), (1, 2), (0, 9)]) == [0.3, 0.2, 0]
    assert shares(0, [(2, 3)]) == [0]
