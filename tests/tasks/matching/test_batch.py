"""From open tasks and free candidates to the offers of one plan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.matching import batch
from tasks.matching.batch import Ask, People, Work, asks, pairs
from tasks.matching.flow import solve


def people(score, chance=0.5, places=3, newcomer=False):
    size = len(score)
    return People(
        np.array(score, dtype=float),
        np.full(size, chance) if np.isscalar(chance) else np.array(chance),
        np.full(size, places) if np.isscalar(places) else np.array(places),
        np.full(size, newcomer) if np.isscalar(newcomer) else np.array(newcomer),
    )


def work(need, starter=False):
    size = len(need)
    return Work(
        np.array(need, dtype=float),
        np.full(size, starter) if np.isscalar(starter) else np.array(starter),
    )


def plan(tasks, crowd, rate=0.5, without=()):
    task, candidate = pairs(tasks, crowd, rate)
    may = [(t, c) not in without for t, c in zip(task, candidate, strict=True)]
    return asks(tasks, crowd, (task[may], candidate[may]), rate, solve)


def test_two_of_even_chance_are_asked_for_one_slot_and_two_wait():
    assert plan(work([1]), people([0.1, 0.9, 0.5, 0.7, 0.3])) == [
        Ask(0, 1, 0, waits=False),
        Ask(0, 3, 1, waits=False),
        Ask(0, 2, 2, waits=True),
        Ask(0, 4, 3, waits=True),
    ]


def test_one_who_always_accepts_is_enough():
    rows = plan(work([1]), people([0.9, 0.5], chance=[1.0, 0.5]))
    assert [row for row in rows if not row.waits] == [Ask(0, 0, 0, waits=False)]


def test_offers_that_are_out_count_by_their_chance():
    rows = plan(work([0.4]), people([0.9, 0.8, 0.7], chance=0.5))
    assert [(row.annotator, row.waits) for row in rows] == [(0, False), (1, True), (2, True)]


def test_the_best_are_asked_where_others_may_not_be():
    crowd = people([0.9, 0.8], chance=1.0, places=1)
    rows = plan(work([1, 1]), crowd, rate=1.0, without={(0, 1)})
    assert {(row.task, row.annotator) for row in rows if not row.waits} == {(0, 0), (1, 1)}


def test_nobody_is_asked_beyond_their_places_and_nobody_without_any():
    rows = plan(work([1] * 10), people([0.9, 0.5, 0.7], chance=1.0, places=[2, 0, 3]), rate=1.0)
    asked = [row.annotator for row in rows if not row.waits]
    assert sorted(asked) == [0, 0, 2, 2, 2]


def test_starter_tasks_are_for_newcomers_where_there_are_any():
    crowd = people([0.9, 0.2], chance=1.0, newcomer=[False, True])
    rows = plan(work([1, 1], starter=[True, False]), crowd, rate=1.0)
    assert [(row.task, row.annotator) for row in rows if not row.waits] == [(0, 1), (1, 0)]
    rows = plan(work([1], starter=True), people([0.9], chance=1.0), rate=1.0)
    assert [(row.task, row.annotator) for row in rows] == [(0, 0)]


def test_only_as_many_tasks_are_looked_at_as_there_are_places():
    need = np.array([1.0, 1.0, 1.0])
    assert batch.within_reach(need, 0.5, np.array([1, 1])) == 1
    assert batch.within_reach(need, 0.5, np.array([1, 2])) == 2
    assert batch.within_reach(need, 0.5, np.array([3, 0])) == 3  # one person, once each task
    assert batch.within_reach(need, 0.5, np.array([50, 50])) == 4  # all of them and more


def test_no_candidates_no_edges():
    task, candidate = pairs(work([1, 2]), people([0.5], places=0), 0.5)
    assert task.size == candidate.size == 0
    assert plan(work([1]), people([])) == []


@pytest.mark.parametrize("tasks", [10, 3000])
def test_a_large_plan_has_limited_edges_and_asks_everyone_evenly(tasks):
    crowd = people(np.linspace(0, 1, 500), places=3)
    task, candidate = pairs(work([1] * tasks), crowd, 0.5)
    assert task.size == {10: 10 * 14, 3000: 3000 * 8}[tasks]  # 14 have 40 places
    assert len(set(zip(task.tolist(), candidate.tolist(), strict=True))) == task.size
    assert set(task.tolist()) == set(range(tasks))
    if tasks == 3000:
        assert set(np.bincount(candidate, minlength=500)) == {48}  # 8 x 3000 / 500


@given(st.data())
def test_every_plan_keeps_its_limits(data):
    size = data.draw(st.integers(1, 8))
    floats = st.floats(0, 1)
    crowd = people(
        data.draw(st.lists(floats, min_size=size, max_size=size)),
        chance=data.draw(st.lists(floats, min_size=size, max_size=size)),
        places=data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)),
    )
    tasks = work(data.draw(st.lists(st.floats(0.01, 3), min_size=1, max_size=6)))
    rate = data.draw(st.floats(0.1, 1))
    rows = plan(tasks, crowd, rate)
    assert len({(row.task, row.annotator) for row in rows}) == len(rows)
    asked = np.bincount([row.annotator for row in rows if not row.waits], minlength=size)
    assert (asked <= crowd.places).all()
    for task in range(tasks.need.size):
        turn = [row for row in rows if row.task == task]
        assert [row.rank for row in turn] == list(range(len(turn)))
        assert [row.waits for row in turn] == sorted(row.waits for row in turn)
