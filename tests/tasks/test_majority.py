"""Majority votes: by hand for the cases that matter, by property for all others."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.quality.majority import closest, of_sets, on_scale, plurality
from tasks.quality.sampling import drawn
from tests.support.factories_tasks import new_ids

VOTES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12)
SETS = st.lists(st.frozensets(st.sampled_from("abc")), min_size=1, max_size=9)
STARS = st.lists(st.integers(1, 7), min_size=1, max_size=9)


def test_two_of_three_win_with_two_thirds():
    outcome = plurality(["a", "b", "a"])
    assert (outcome.winner, outcome.share, outcome.voters, outcome.tied) == (
        "a",
        Fraction(2, 3),
        3,
        False,
    )


def test_equally_frequent_votes_are_a_tie():
    outcome = plurality(["a", "b"])
    assert (outcome.winner, outcome.share, outcome.tied) == (None, Fraction(1, 2), True)


@pytest.mark.parametrize(("votes", "share"), [("aabcd", Fraction(2, 5)), ("aabc", Fraction(1, 2))])
def test_the_most_frequent_vote_of_a_minority_does_not_win(votes, share):
    outcome = plurality(votes)
    assert (outcome.winner, outcome.share, outcome.tied) == (None, share, True)


@pytest.mark.parametrize("vote", [plurality, of_sets])
def test_nobody_voted(vote):
    with pytest.raises(ValueError, match="Nobody voted"):
        vote([])


@given(VOTES)
def test_a_winner_has_more_than_half_of_the_votes(votes):
    outcome = plurality(votes)
    counts = Counter(votes)
    best = max(counts.values())
    assert outcome.share == Fraction(best, len(votes))
    if outcome.tied:
        assert outcome.winner is None
        assert 2 * best <= len(votes)
    else:
        assert [v for v, n in counts.items() if 2 * n > len(votes)] == [outcome.winner]


@given(VOTES, st.randoms())
def test_the_order_of_the_votes_does_not_count(votes, random):
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert plurality(shuffled) == plurality(votes)


@given(VOTES, st.sampled_from("abcd"))
def test_one_more_vote_for_the_winner_does_not_unseat_it(votes, other):
    outcome = plurality(votes)
    if not outcome.tied:
        assert plurality([*votes, outcome.winner]).winner == outcome.winner


@given(SETS)
def test_a_set_holds_exactly_what_more_than_half_chose(votes):
    outcome = of_sets(votes)
    chosen = {o for o in "abc" if 2 * sum(o in v for v in votes) > len(votes)}
    halves = [o for o in "abc" if 2 * sum(o in v for v in votes) == len(votes)]
    assert outcome.tied == bool(halves)
    assert outcome.winner == (None if halves else chosen)
    assert Fraction(1, 2) <= outcome.share <= 1


@given(STARS)
def test_a_rating_wins_within_the_votes_and_ties_only_when_they_lie_far_apart(votes):
    outcome = on_scale(votes, 1, 7)
    if outcome.tied:
        assert max(votes) - min(votes) > 3
        assert plurality(votes).tied
    else:
        assert outcome.winner in votes
        assert outcome.share == Fraction(votes.count(outcome.winner), len(votes))


def test_near_ratings_agree_on_the_lower_median():
    assert on_scale([3, 4], 1, 5).winner == 3
    assert on_scale([3, 4, 5], 1, 5).winner == 4
    assert on_scale([1, 5], 1, 5).tied
    assert on_scale([3, 3, 4, 4, 5], 1, 5).winner == 4


def test_a_rating_that_most_did_not_give_is_no_agreement_when_they_lie_far_apart():
    assert on_scale([1, 1, 3, 4, 5], 1, 5).tied
    assert on_scale([1, 1, 1, 4, 5], 1, 5).winner == 1


def test_the_closest_ballot_agrees_on_most_questions_and_the_earlier_wins():
    ballots = [{"a": 1, "b": 2}, {"a": 1, "b": 1}, {"a": 1, "b": 1}]
    assert closest(ballots, {"a": 1, "b": 1}) == [1, 2, 0]


def test_a_sample_is_the_same_every_time_and_about_as_large_as_asked():
    ids = new_ids(4000)
    counts = {p: sum(drawn(i, p) for i in ids) for p in (0, 10, 50, 100)}
    assert counts[0] == 0
    assert counts[100] == 4000
    assert 300 < counts[10] < 500
    assert 1850 < counts[50] < 2150
    small, large = ({i for i in ids if drawn(i, p)} for p in (10, 50))
    assert small < large
