"""Plans and bounds: the published tables, scipy's distributions, and counting of every sample."""

from itertools import combinations

import pytest
from scipy import stats

from tasks.quality import acceptance
from tasks.quality.acceptance import Stratum

LOTS = (50, 100, 200, 500, 1000, 5000)


@pytest.mark.parametrize(
    ("aql", "ltpd", "plans"),
    [
        (0.01, 0.05, [(27, 0), (58, 1), (89, 2), (123, 3), (128, 3), (131, 3)]),
        (0.02, 0.08, [(34, 1), (53, 2), (73, 3), (94, 4), (96, 4), (98, 4)]),
        (0.05, 0.15, [(26, 2), (46, 4), (56, 5), (66, 6), (67, 6), (76, 7)]),
    ],
)
def test_the_plans_are_the_exact_ones(aql, ltpd, plans):
    found = [acceptance.plan(lot, aql, ltpd) for lot in LOTS]
    assert [(plan.sample, plan.allowed) for plan in found] == plans


@pytest.mark.parametrize("lot", [1, 2, 7, 33, 410])
@pytest.mark.parametrize(("aql", "ltpd"), [(0, 0.01), (0.02, 0.08), (0.1, 0.11)])
def test_the_risks_are_those_of_the_hypergeometric_distribution(lot, aql, ltpd):
    plan = acceptance.plan(lot, aql, ltpd)
    good, bad = int(aql * lot), min(lot, -int(-ltpd * lot // 1))
    wanted = stats.hypergeom.sf(plan.allowed, lot, good, plan.sample)
    assert plan.producer == pytest.approx(wanted, abs=1e-9)
    wanted = stats.hypergeom.cdf(plan.allowed, lot, bad, plan.sample)
    assert plan.consumer == pytest.approx(wanted, abs=1e-9)
    assert plan.producer <= 0.05
    assert plan.consumer <= 0.10
    assert plan.sample <= lot


@pytest.mark.parametrize(
    ("lot", "aql", "ltpd"), [(0, 0.01, 0.05), (10, 0.05, 0.05), (10, -0.1, 0.1), (10, 0.1, 1.1)]
)
def test_what_is_no_plan_is_refused(lot, aql, ltpd):
    with pytest.raises(ValueError, match="AQL"):
        acceptance.plan(lot, aql, ltpd)


def test_risks_are_between_nought_and_one():
    with pytest.raises(ValueError, match="Risks"):
        acceptance.plan(10, 0.01, 0.1, producer=0)


def test_samples_without_a_defect():
    assert [acceptance.zero_defects(p) for p in (0.01, 0.02, 0.05, 0.10)] == [299, 149, 59, 29]
    with pytest.raises(ValueError, match="between"):
        acceptance.zero_defects(0)


@pytest.mark.parametrize(("bad", "seen"), [(0, 10), (1, 10), (7, 31), (10, 10), (3, 4000)])
def test_binomial_bounds_are_clopper_and_pearsons(bad, seen):
    wanted = stats.binomtest(bad, seen).proportion_ci(0.95)
    assert acceptance.two_sided(bad, seen) == pytest.approx((wanted.low, wanted.high), abs=1e-9)
    wanted = stats.binomtest(bad, seen, alternative="less").proportion_ci(0.95)
    assert acceptance.upper_bound(bad, seen) == pytest.approx(wanted.high, abs=1e-9)
    wanted = stats.binomtest(bad, seen, alternative="greater").proportion_ci(0.95)
    assert acceptance.lower_bound(bad, seen) == pytest.approx(wanted.low, abs=1e-9)


def test_nothing_seen_is_nothing_known():
    assert acceptance.two_sided(0, 0) == (0, 1)
    assert acceptance.lot_upper_bound(40, 0, 0) == 1


@pytest.mark.parametrize(
    ("lot", "seen", "bad"), [(40, 12, 0), (40, 12, 3), (500, 60, 2), (9, 9, 4)]
)
def test_the_bound_of_a_lot_is_the_last_count_that_is_not_excluded(lot, seen, bad):
    chances = {d: stats.hypergeom.cdf(bad, lot, d, seen) for d in range(bad, lot - seen + bad + 1)}
    last = max(d for d, chance in chances.items() if chance > 0.05)
    assert acceptance.lot_upper_bound(lot, seen, bad) == last / lot


@pytest.mark.parametrize("defective", range(9))
def test_the_bound_holds_for_nineteen_of_twenty_samples(defective):
    """Every sample of 4 from a lot of 8, counted one by one."""
    lot = [place < defective for place in range(8)]
    samples = list(combinations(lot, 4))
    held = sum(acceptance.lot_upper_bound(8, 4, sum(some)) >= defective / 8 for some in samples)
    assert held / len(samples) >= 0.95


def test_a_finite_lot_is_known_better_than_an_endless_stream():
    assert acceptance.lot_upper_bound(300, 100, 1) < acceptance.upper_bound(1, 100)


@pytest.mark.parametrize(("lot", "seen", "bad"), [(0, 0, 0), (5, 6, 0), (5, 3, 4), (5, 3, -1)])
def test_counts_that_cannot_be_are_refused(lot, seen, bad):
    with pytest.raises(ValueError, match=r"no larger|from 0"):
        acceptance.lot_upper_bound(lot, seen, bad)


def test_parts_have_bounds_of_their_own_and_one_together():
    parts = {"tax": Stratum(100, 60, 0), "torts": Stratum(300, 20, 1), "wills": Stratum(40, 0, 0)}
    found = acceptance.by_stratum(parts)
    assert found["tax"] == acceptance.lot_upper_bound(100, 60, 0)
    assert found["wills"] == 1
    each = [acceptance.lot_upper_bound(p.lot, p.seen, p.bad, 1 - 0.05 / 3) for p in parts.values()]
    wanted = (100 * each[0] + 300 * each[1] + 40 * each[2]) / 440
    assert acceptance.combined(parts) == pytest.approx(wanted)
    with pytest.raises(ValueError, match="parts"):
        acceptance.combined({})
