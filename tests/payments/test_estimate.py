"""The cost estimate as arithmetic: to the cent, and its worst case above what a run spends."""

import random

import pytest

from payments.pay import estimate
from payments.pay.estimate import Plan, Range, Work

PLAN = Plan(
    pay=Range(500, 500, 500),
    review_minor=200,
    adjudication_minor=400,
    fee_bps=2000,
    reviewed=50,
    second=10,
    audited=10,
    gold_first=5,
    gold_percent=5,
    training_most=3,
    many=True,
)


def work(tasks=100, overlap=2, most=3, **more):
    parts = {"under_way": 0, "experts": Range(0, 4, 10), "gold": 0, "training": 0, **more}
    return Work(tasks, Range(tasks * overlap, tasks * overlap, tasks * most), **parts)


def costs(lines):
    return {line.kind: tuple(line.cost) for line in lines}


def test_each_part_to_the_cent():
    lines = estimate.lines(work(gold=20, training=2), PLAN)
    assert costs(lines) == {
        "answers": (200 * 600, 200 * 600, 300 * 600),
        # a third of the 300 accepted: a quarter of all that are handed in
        "overturned": (0, 0, 100 * 600),
        # expected: 210 handed in, 105 read, 11 twice, 1 audit of 10 rejections, 2 appeals
        "reviews": (100 * 240, 119 * 240, (400 * 4 + 200) * 240),
        "adjudications": (0, 10 * 480, 100 * 480),
        # expected: 4 experts x 5, and 5 % of 200 answers
        "gold": (0, 30 * 600, 10 * 20 * 600),
        "training": (0, 4 * 2 * 600, 10 * 2 * 600),
    }
    assert estimate.total(lines).expected == sum(line.cost.expected for line in lines)
    assert all(line.cost.best <= line.cost.expected <= line.cost.worst for line in lines)
    assert all(line.title and line.text for line in lines)


def test_what_costs_nothing_is_left_out():
    plan = Plan(**{name: getattr(PLAN, name) for name in PLAN.__slots__} | {"review_minor": 0})
    assert "reviews" not in costs(estimate.lines(work(), plan))
    assert estimate.lines(work(tasks=0, under_way=0), PLAN) == []


def spent(rng, load, plan):
    """What a run of a project spends that keeps to what the worst case allows."""
    total, answers = 0, rng.randint(load.answers.best, load.answers.worst)
    rejected = rng.randint(0, answers // 3)
    pay = estimate.whole(rng.randint(plan.pay.best, plan.pay.worst), plan.fee_bps)
    review = estimate.whole(plan.review_minor, plan.fee_bps)
    total += (answers + rng.randint(0, rejected)) * pay
    for _ in range(answers + rejected):
        total += rng.randint(0, estimate.ROUNDS_MOST) * review
    total += rejected * rng.randint(0, 2) * review
    total += rng.randint(0, load.tasks) * estimate.whole(plan.adjudication_minor, plan.fee_bps)
    for _ in range(rng.randint(0, load.experts.worst)):
        total += rng.randint(0, load.gold) * pay
        total += rng.randint(0, min(plan.training_most, load.training)) * pay
    return total


@pytest.mark.parametrize("seed", range(50))
def test_no_run_spends_more_than_the_worst_case(seed):
    rng = random.Random(seed)
    low = rng.randint(1, 900)
    plan = Plan(
        pay=Range(low, low + 10, low + 10 + rng.randint(0, 900)),
        review_minor=rng.randint(0, 500),
        adjudication_minor=rng.randint(0, 900),
        fee_bps=rng.randint(0, 10_000),
        reviewed=rng.randint(0, 100),
        second=rng.randint(0, 100),
        audited=rng.randint(0, 100),
        gold_first=rng.randint(0, 50),
        gold_percent=rng.randint(0, 50),
        training_most=rng.randint(0, 5),
        many=True,
    )
    overlap = rng.randint(1, 3)
    load = work(
        tasks=rng.randint(1, 30),
        overlap=overlap,
        most=overlap + rng.randint(0, 3),
        gold=rng.randint(0, 5),
        training=rng.randint(0, 5),
    )
    worst = estimate.total(estimate.lines(load, plan)).worst
    assert all(spent(rng, load, plan) <= worst for _ in range(20))
