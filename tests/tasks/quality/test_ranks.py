"""One ranking of many: against trying every order, and scipy's rank correlations."""

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import stats

from tasks.quality import ranks
from tasks.quality.ranks import aggregate


def kept(rankings, order):
    """The pairs of all rankings that are ordered so."""
    return sum(one.index(a) < one.index(b) for one in rankings for a, b in combinations(order, 2))


@pytest.mark.parametrize("seed", range(8))
def test_no_order_keeps_more_pairs(seed):
    rng = np.random.default_rng(seed)
    rankings = [rng.permutation(6).tolist() for _ in range(2 + seed % 4)]
    found = aggregate(rankings)
    best = max(kept(rankings, order) for order in permutations(range(6)))
    assert kept(rankings, found.order) == best
    assert found.share == pytest.approx(best / (15 * len(rankings)))


@pytest.mark.parametrize("seed", range(5))
def test_the_search_finds_what_the_exact_way_finds(seed, monkeypatch):
    """Rankings near a truth, as annotators give them."""
    rng = np.random.default_rng(seed)
    truth = np.arange(8)
    rankings = [np.argsort(truth + rng.normal(0, 2, 8)).tolist() for _ in range(5)]
    exact = aggregate(rankings)
    monkeypatch.setattr(ranks, "EXACT", 2)
    assert aggregate(rankings).share == pytest.approx(exact.share)


def test_twenty_items_come_out_in_their_order():
    rng = np.random.default_rng(1)
    rankings = [np.argsort(np.arange(20) + rng.normal(0, 1, 20)).tolist() for _ in range(9)]
    found = aggregate(rankings)
    assert stats.kendalltau(found.order, range(20)).statistic > 0.9


def test_a_majority_beats_borda():
    """Three of five put a first; Borda's count prefers b, which is never last."""
    rankings = [["a", "b", "c"]] * 3 + [["b", "c", "a"]] * 2
    assert ranks.borda(rankings) == pytest.approx({"a": 1.2, "b": 1.4, "c": 0.4})
    assert aggregate(rankings).order == ("a", "b", "c")


def test_agreement_is_kendalls():
    rankings = [[0, 1, 2, 3], [0, 2, 1, 3], [3, 0, 1, 2]]
    places = np.array([[one.index(item) for item in range(4)] for one in rankings])
    friedman = stats.friedmanchisquare(*places.T).statistic
    assert aggregate(rankings).w == pytest.approx(friedman / (3 * 3))
    assert aggregate([[0, 1], [0, 1]]).w == 1
    assert aggregate([[0, 1], [1, 0]]).w == 0


def test_a_tie_goes_the_way_of_the_first_ranking():
    assert aggregate([["b", "a"], ["a", "b"]]).order == ("b", "a")
    assert aggregate([["b", "a"], ["a", "b"]]).share == 0.5


def test_one_ranking_is_the_result():
    found = aggregate([["c", "a", "b"]])
    assert (found.order, found.share, found.w) == (("c", "a", "b"), 1, None)
    assert aggregate([["a"], ["a"]]) == ranks.Ranking(("a",), 1.0, None)
    assert ranks.borda([]) == {}


@pytest.mark.parametrize("rankings", [[], [["a", "a"]], [["a", "b"], ["a"]], [["a"], ["b"]]])
def test_rankings_hold_the_same_items(rankings):
    with pytest.raises(ValueError, match=r"ranking"):
        aggregate(rankings)
