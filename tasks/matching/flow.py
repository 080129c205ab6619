"""A batch plan: which annotator is asked for which task, so that the total cost is the least.

A minimum-cost flow from tasks to annotators. Costs are whole numbers (scores in thousandths, say),
so two solvers can be compared to the last digit. `flow_ortools` solves the same graphs faster where
OR-tools is installed, and must reach the same total; which of several equally good plans comes out
may differ. The same graph always gives the same plan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

Ints = NDArray[np.int64]
# Totals of ten million edges stay exact in a float64, which holds whole numbers up to 2**53.
LARGEST_COST = 10**8


@dataclass(frozen=True, slots=True)
class Graph:
    """Who could be asked for what.

    `slots[t]` annotators are wanted for task t; annotator a takes up to `capacity[a]` tasks. Edge e
    says that `annotator[e]` may do `task[e]` for `cost[e]`; a pair has one edge at most. An empty
    slot costs `unassigned`. Refuses (ValueError) what does not fit together.
    """

    slots: Ints
    capacity: Ints
    task: Ints
    annotator: Ints
    cost: Ints
    unassigned: int

    def __post_init__(self) -> None:
        """Check the shapes, the ranges and that no pair comes twice."""
        if not self.task.shape == self.annotator.shape == self.cost.shape:
            raise ValueError("Each edge needs a task, an annotator and a cost.")
        for ends, nodes in ((self.task, self.slots), (self.annotator, self.capacity)):
            if (nodes < 0).any():
                raise ValueError("Slots and capacities are not negative.")
            if ends.size and not 0 <= ends.min() <= ends.max() < nodes.size:
                raise ValueError("An edge ends at nobody.")
        if max(abs(self.unassigned), np.abs(self.cost).max(initial=0)) > LARGEST_COST:
            raise ValueError(f"A cost is at most {LARGEST_COST}.")
        if np.unique(self.task * self.capacity.size + self.annotator).size < self.task.size:
            raise ValueError("A pair has one edge at most.")


@dataclass(frozen=True, slots=True)
class Matching:
    """The chosen edges, ascending, and the total: their costs and the price of the empty slots."""

    edges: Ints
    total: int


def solve(graph: Graph) -> Matching:
    """The plan with the least total.

    Where every task wants one annotator: as a full matching, with a column for each place of an
    annotator and one for each task that stays empty (Jonker-Volgenant for sparse matrices). Else as
    a linear program, whose corners are whole numbers because its matrix is that of a flow.
    """
    if not graph.task.size:
        return matching_of(graph, np.empty(0, dtype=np.int64))
    if (graph.slots <= 1).all():
        return matching_of(graph, _one_each(graph))
    return matching_of(graph, _several_each(graph))


def matching_of(graph: Graph, edges: Ints) -> Matching:
    """Put a price on a choice of edges."""
    empty = int(graph.slots.sum()) - edges.size
    total = int(graph.cost[edges].sum()) + graph.unassigned * empty
    return Matching(np.sort(edges), total)


def _one_each(graph: Graph) -> Ints:
    live = np.flatnonzero(graph.slots[graph.task] > 0)
    task, annotator = graph.task[live], graph.annotator[live]
    degree = np.bincount(annotator, minlength=graph.capacity.size)
    places = np.minimum(graph.capacity, degree)
    first = np.cumsum(places) - places
    # One entry for each edge and place: edge 3 to an annotator with two places is there twice.
    copies = places[annotator]
    edge = np.repeat(np.arange(live.size), copies)
    column = (
        first[annotator[edge]]
        + np.arange(edge.size)
        - np.repeat(np.cumsum(copies) - copies, copies)
    )
    width, height = int(places.sum()), graph.slots.size
    rows = np.concatenate((task[edge], np.arange(height)))
    columns = np.concatenate((column, width + np.arange(height)))
    costs = np.concatenate((graph.cost[live][edge], np.full(height, graph.unassigned)))
    # A zero would be no entry at all; every row takes one entry, so a shift changes no choice.
    weights = (costs - costs.min() + 1).astype(float)
    matrix = csr_array((weights, (rows, columns)), shape=(height, width + height))
    row, taken = min_weight_full_bipartite_matching(matrix)
    met = taken < width
    owner = np.repeat(np.arange(places.size), places)
    pairs = row[met] * places.size + owner[taken[met]]
    keys = task * places.size + annotator
    order = np.argsort(keys)
    found: Ints = live[order[np.searchsorted(keys, pairs, sorter=order)]]
    return found


def _several_each(graph: Graph) -> Ints:
    edges, tasks = graph.task.size, graph.slots.size
    rows = np.concatenate((graph.task, tasks + graph.annotator))
    columns = np.tile(np.arange(edges), 2)
    matrix = csr_array((np.ones(2 * edges), (rows, columns)))
    limits = np.concatenate((graph.slots, graph.capacity))[: matrix.shape[0]]
    gain = (graph.cost - graph.unassigned).astype(float)
    # The interior point method with its crossover to a corner is 2 to 10 times as fast here as the
    # simplex method.
    answer = linprog(gain, A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs-ipm")
    if answer.status != 0:
        raise ValueError(f"No plan was found: {answer.message}")
    chosen = np.rint(answer.x)
    if np.abs(answer.x - chosen).max() > 1e-6:  # noqa: PLR2004 - HiGHS's own tolerance
        raise ValueError("The plan is not whole.")
    found: Ints = np.flatnonzero(chosen > 0)
    return found
