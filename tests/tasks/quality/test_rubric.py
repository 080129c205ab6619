"""Rubrics: each criterion by itself, the total, and all of the above."""

from fractions import Fraction

import pytest

from tasks.quality.rubric import Criterion, all_met, consensus, total

RUBRIC = [
    Criterion("cites the rule"),
    Criterion("no invented case", weight=Fraction(2)),
    Criterion("clarity", lowest=1, highest=5, bar=4, weight=Fraction(1)),
]


def scores(*rows):
    return [dict(zip([c.name for c in RUBRIC], row, strict=False)) for row in rows]


def test_each_criterion_is_decided_by_itself():
    found = consensus(RUBRIC, scores((1, 1, 4), (1, 0, 5), (0, 1, 4)))
    assert [one.winner for one in found.outcomes.values()] == [1, 1, 4]
    assert [one.share for one in found.outcomes.values()] == [Fraction(2, 3)] * 3
    assert found.total == (1 + 2 + Fraction(3, 4)) / 4
    assert found.all_met is True


def test_one_missed_criterion_is_enough_for_not_all():
    found = consensus(RUBRIC, scores((1, 0, 5), (1, 0, 5)))
    assert found.total == Fraction(1, 2)
    assert found.all_met is False


def test_a_tie_leaves_the_total_open():
    found = consensus(RUBRIC, scores((1, 1, 4), (0, 1, 4)))
    assert found.outcomes["cites the rule"].tied
    assert (found.total, found.all_met) == (None, None)


def test_a_tie_does_not_save_what_is_missed_elsewhere():
    assert consensus(RUBRIC, scores((1, 0, 4), (0, 0, 4))).all_met is False


def test_neighbours_on_a_scale_nearly_agree_and_its_ends_do_not():
    near = consensus(RUBRIC, scores((1, 1, 4), (1, 1, 5)))
    far = consensus(RUBRIC, scores((1, 1, 1), (1, 1, 5)))
    assert near.outcomes["clarity"].winner == 4
    assert far.outcomes["clarity"].tied


def test_what_nobody_scored_is_open():
    found = consensus(RUBRIC, scores((1, 1)))
    assert found.outcomes["clarity"].winner is None
    assert found.outcomes["clarity"].voters == 0
    assert (found.total, found.all_met) == (None, None)


def test_a_criterion_without_weight_may_be_open():
    rubric = [Criterion("a"), Criterion("b", weight=Fraction(0))]
    assert total(rubric, {"a": 1, "b": None}) == 1
    assert total([Criterion("b", weight=Fraction(0))], {"b": 1}) is None
    assert all_met(rubric, {"a": 1}) is None


@pytest.mark.parametrize("bad", [{"clarity": 6}, {"clarity": 0}, {"style": 1}])
def test_scores_off_the_scale_are_refused(bad):
    with pytest.raises(ValueError, match="no score of this rubric"):
        consensus(RUBRIC, [bad])


def test_what_is_no_rubric_is_refused():
    with pytest.raises(ValueError, match="name of its own"):
        consensus([Criterion("a"), Criterion("a")], [])
    with pytest.raises(ValueError, match="name of its own"):
        consensus([], [])
    with pytest.raises(ValueError, match="two steps"):
        Criterion("a", lowest=1, highest=1)
    with pytest.raises(ValueError, match="two steps"):
        Criterion("a", bar=2)
    with pytest.raises(ValueError, match="negative"):
        Criterion("a", weight=Fraction(-1))
