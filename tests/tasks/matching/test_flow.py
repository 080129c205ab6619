"""Batch plans: the least total, by trying everything on small graphs and by two solvers on others."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.matching import flow, flow_ortools
from tasks.matching.flow import Graph, solve

SOLVERS = [solve, flow_ortools.solve]
COSTS = st.integers(-60, 160)


def graph(slots, capacity, edges, unassigned=100):
    """`edges` are (task, annotator, cost)."""
    columns = np.array(edges, dtype=np.int64).reshape(-1, 3).T
    return Graph(np.array(slots), np.array(capacity), *columns, unassigned)


@st.composite
def graphs(draw, most_slots=3, most_tasks=4, most_annotators=3):
    tasks, annotators = draw(st.integers(0, most_tasks)), draw(st.integers(0, most_annotators))
    pairs = draw(st.lists(st.sampled_from(list(np.ndindex(tasks, annotators))), unique=True)
                 if tasks and annotators else st.just([]))  # fmt: skip
    slots = draw(st.lists(st.integers(0, most_slots), min_size=tasks, max_size=tasks))
    capacity = draw(st.lists(st.integers(0, 3), min_size=annotators, max_size=annotators))
    return graph(slots, capacity, [(*pair, draw(COSTS)) for pair in pairs])


def allowed(one, edges):
    edges = np.array(edges, dtype=np.int64)
    asked = np.bincount(one.task[edges], minlength=one.slots.size)
    given_ = np.bincount(one.annotator[edges], minlength=one.capacity.size)
    return bool((asked <= one.slots).all() and (given_ <= one.capacity).all())


def least_total(one):
    """Every set of edges, tried."""
    edges = range(one.task.size)
    sets = itertools.chain.from_iterable(
        itertools.combinations(edges, n) for n in range(one.task.size + 1)
    )
    return min(
        int(one.cost[list(chosen)].sum()) + one.unassigned * int(one.slots.sum() - len(chosen))
        for chosen in sets
        if allowed(one, chosen)
    )


def test_or_tools_is_installed_for_the_tests():
    assert flow_ortools.AVAILABLE


@pytest.mark.parametrize("solver", SOLVERS)
class TestBothSolvers:
    def test_the_cheap_annotator_goes_where_nobody_else_can(self, solver):
        one = graph([1, 1], [1, 1], [(0, 0, 1), (0, 1, 4), (1, 0, 2)])
        plan = solver(one)
        assert (plan.edges.tolist(), plan.total) == ([1, 2], 6)

    def test_a_slot_stays_empty_rather_than_cost_more_than_that(self, solver):
        plan = solver(graph([1, 1], [2], [(0, 0, 3), (1, 0, 101)]))
        assert (plan.edges.tolist(), plan.total) == ([0], 103)

    def test_a_task_with_two_slots_asks_two_different_annotators(self, solver):
        plan = solver(graph([2], [5, 5, 5], [(0, 0, 1), (0, 1, 50), (0, 2, 40)]))
        assert (plan.edges.tolist(), plan.total) == ([0, 2], 41)

    def test_nobody_is_asked_beyond_their_capacity(self, solver):
        plan = solver(graph([1, 1, 1], [2], [(0, 0, 9), (1, 0, 8), (2, 0, 7)]))
        assert (plan.edges.tolist(), plan.total) == ([1, 2], 115)

    def test_a_free_edge_counts_as_an_edge(self, solver):
        assert solver(graph([1], [1], [(0, 0, 0)])).edges.tolist() == [0]

    def test_nothing_to_plan(self, solver):
        assert solver(graph([], [], [])).total == 0
        assert solver(graph([1, 2], [3], [])).total == 300
        assert solver(graph([0], [1], [(0, 0, 1)])).edges.tolist() == []

    @given(one=graphs())
    def test_no_set_of_edges_is_cheaper(self, solver, one):
        assume(one.task.size <= 9)
        plan = solver(one)
        assert allowed(one, plan.edges)
        assert plan.total == least_total(one)

    @given(one=graphs(most_slots=1, most_tasks=6))
    def test_the_same_graph_gives_the_same_plan(self, solver, one):
        assert solver(one).edges.tolist() == solver(one).edges.tolist()


@pytest.mark.parametrize("most_slots", [1, 3])
@pytest.mark.parametrize("seed", range(5))
def test_both_solvers_reach_the_same_total_on_larger_graphs(seed, most_slots):
    rng = np.random.default_rng(seed)
    tasks, annotators = 300, 60
    pairs = rng.choice(tasks * annotators, 1500, replace=False)
    one = Graph(
        rng.integers(0, most_slots + 1, tasks),
        rng.integers(0, 9, annotators),
        pairs // annotators,
        pairs % annotators,
        rng.integers(-1000, 10**6, pairs.size),
        800_000,
    )
    first, second = solve(one), flow_ortools.solve(one)
    assert first.total == second.total
    assert allowed(one, first.edges)
    assert allowed(one, second.edges)
    assert first.edges.size > 100


@pytest.mark.parametrize(
    ("slots", "capacity", "edges", "says"),
    [
        ([-1], [1], [], "not negative"),
        ([1], [-1], [], "not negative"),
        ([1], [1], [(1, 0, 1)], "ends at nobody"),
        ([1], [1], [(0, -1, 1)], "ends at nobody"),
        ([1], [1], [(0, 0, 1), (0, 0, 2)], "one edge at most"),
        ([1], [1], [(0, 0, flow.LARGEST_COST + 1)], "at most 100000000"),
    ],
)
def test_what_does_not_fit_together_is_refused(slots, capacity, edges, says):
    with pytest.raises(ValueError, match=says):
        graph(slots, capacity, edges)


def test_edges_of_different_lengths_are_refused():
    one = np.array([0])
    with pytest.raises(ValueError, match="needs a task, an annotator and a cost"):
        Graph(one + 1, one + 1, one, one, np.array([1, 2]), 5)
