"""The bound on a delivery's error: values by hand, and that it holds in simulated worlds."""

import math
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

from tasks.quality import acceptance, sprt
from tasks.quality.warrant import (
    Inspectors,
    Judged,
    remaining,
    remaining_at_any_time,
    total,
    with_inspectors,
)

AQL, LTPD = 0.02, 0.08
WORLDS = 1200


def test_one_lot_has_the_exact_bound():
    assert total([Judged(100, 46, 0)]) == 4
    chances = [stats.hypergeom(100, d, 46).cdf(0) for d in (4, 5)]
    assert chances[0] > 0.05 >= chances[1]
    assert remaining([Judged(100, 46, 1)]) == total([Judged(100, 46, 1)]) - 1


def test_several_lots_are_bounded_together():
    """Sixty of six hundred each, nothing found: (1 - 1/10) ** 29 < 5 % <= (1 - 1/10) ** 28."""
    lots = [Judged(600, 60, 0)] * 5
    assert total(lots) == math.floor(math.log(0.05) / math.log(0.9)) == 28
    apart = acceptance.combined({str(n): acceptance.Stratum(600, 60, 0) for n in range(5)})
    assert apart * 3000 > 4 * 28


def test_what_was_inspected_whole_is_taken_off():
    lots = [Judged(200, 50, 1), Judged(200, 50, 9, known=30)]
    assert remaining(lots) == total(lots) - 31


def test_nothing_judged_nothing_left():
    assert (remaining([]), remaining_at_any_time([], expected=0.01)) == (0, 0)


def test_a_bound_at_any_time_pays_a_little_for_its_freedom():
    lot = [Judged(10_000, 200, 0)]
    fixed, free = remaining(lot), remaining_at_any_time(lot, expected=0.01)
    assert fixed < free < 1.5 * fixed
    whole = [Judged(100, 30, 9, known=20), Judged(100, 40, 1)]
    assert 0 < remaining_at_any_time(whole, expected=0.02) <= 59


@pytest.mark.parametrize(
    "counts", [(10, 11, 0), (10, 5, 6), (10, 5, 2, 1), (10, 5, 2, 11)], ids=str
)
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match="Defects are among"):
        Judged(*counts)


def test_reviewers_of_whom_nothing_is_known_warrant_nothing():
    lots = [Judged(1000, 100, 1)]
    never = Inspectors(wrong=0, found=0, right=0, passed=0, inspected=100)

    def bound(confidence):
        return total(lots, confidence)

    assert with_inspectors(bound, never, size=1000, found=1, confidence=0.95) == 1000
    good = Inspectors(wrong=200, found=196, right=900, passed=898, inspected=100)
    corrected = with_inspectors(bound, good, size=1000, found=1, confidence=0.95)
    assert remaining(lots) < corrected < 2 * remaining(lots)


def world(rng):
    """Lots of one plan: their sizes, and which results are wrong, in the order of the draw.

    Rates lie where plans waver between acceptance and refusal: there the choice of the lots that
    passed flatters most.
    """
    lots, size = int(rng.choice([1, 3, 12])), int(rng.choice([60, 200, 500]))
    rates = rng.choice([0.0, 0.01, 0.02, 0.03, 0.05, 0.08], size=lots)
    return [rng.permutation(np.arange(size) < rng.binomial(size, rate)) for rate in rates]


def found_by(rng, wrong, sensitivity, specificity):
    """What inspectors who err say of each result."""
    chance = np.where(wrong, sensitivity, 1 - specificity)
    return rng.random(wrong.size) < chance


@lru_cache
def plan_of(size):
    return acceptance.plan(size, AQL, LTPD)


def by_sample(said):
    plan = plan_of(said.size)
    bad = int(said[: plan.sample].sum())
    known = None if bad <= plan.allowed else int(said.sum())
    return Judged(said.size, plan.sample, bad, known)


def one_by_one(said):
    test = sprt.design(1 - AQL, 1 - LTPD, 0.05, 0.10)
    wrong = 0
    for number, defect in enumerate(said, start=1):
        wrong += int(defect)
        decision = test.decide(number - wrong, wrong)
        if decision is not sprt.Decision.GO_ON:
            known = None if decision is sprt.Decision.PASSED else int(said.sum())
            return Judged(said.size, number, wrong, known)
    return Judged(said.size, said.size, wrong, wrong)


def truly_left(wrong, said, lot):
    """Wrong results that nobody found: those not looked at, and those overlooked."""
    seen = np.arange(wrong.size) < (wrong.size if lot.known is not None else lot.drawn)
    return int((wrong & ~(seen & said)).sum())


def held(judge, bound, *, sensitivity=1.0, specificity=1.0):
    """In how many of the worlds no more was left than the bound says."""
    rng = np.random.default_rng(20260101)
    good = 0
    for _ in range(WORLDS):
        worlds = world(rng)
        said = [found_by(rng, wrong, sensitivity, specificity) for wrong in worlds]
        lots = [judge(one) for one in said]
        left = sum(truly_left(*one) for one in zip(worlds, said, lots, strict=True))
        good += left <= bound(lots, rng)
    return good / WORLDS


def test_the_bound_of_fixed_samples_holds():
    assert held(by_sample, lambda lots, _: remaining(lots)) >= 0.94


def test_the_bound_of_sequential_samples_holds():
    assert held(one_by_one, lambda lots, _: remaining_at_any_time(lots, expected=AQL)) >= 0.94


def test_control_a_bound_from_the_lots_that_passed_alone_flatters():
    """Without the samples of the lots that failed it is wrong far more often than in 5 % of worlds
    made of many lots at a rate on the edge."""
    rng = np.random.default_rng(7)
    flattering = honest = 0
    for _ in range(200):
        said = [rng.permutation(np.arange(200) < 10) for _ in range(40)]
        lots = [by_sample(one) for one in said]
        passed = [lot for lot in lots if lot.known is None]
        left = sum(10 - lot.bad for lot in passed)
        flattering += left <= remaining(passed)
        honest += left <= remaining(lots)
    assert flattering / 200 < 0.9
    assert honest / 200 >= 0.94


def test_the_corrected_bound_holds_with_reviewers_who_err():
    def bound(lots, rng):
        seen = sum(lot.drawn if lot.known is None else lot.size for lot in lots)
        who = Inspectors(60, int(rng.binomial(60, 0.8)), 300, int(rng.binomial(300, 0.98)), seen)
        return with_inspectors(
            lambda confidence: total(lots, confidence),
            who,
            size=sum(lot.size for lot in lots),
            found=sum(lot.found for lot in lots),
            confidence=0.95,
        )

    assert held(by_sample, bound, sensitivity=0.8, specificity=0.98) >= 0.94


def test_control_the_plain_bound_fails_with_reviewers_who_miss_half():
    plain = held(by_sample, lambda lots, _: remaining(lots), sensitivity=0.5)
    assert plain < 0.94
