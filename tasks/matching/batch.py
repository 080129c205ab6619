"""From open tasks and free candidates to the offers of one plan: graph, flow, and who waits.

Candidates are as good for one task of a project as for the next, except where they may not do it:
so a plan needs some candidates for each task, not all. Each task is joined with a window of them,
and the windows move on so that everyone is asked evenly; few tasks see everybody.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tasks.matching.flow import Graph, Ints, Matching
from tasks.matching.offers import how_many, wanted

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Solver = Callable[[Graph], Matching]

MOST_EDGES = 20_000
# So many candidates at least for each task: some have done it, the others leave a choice.
LEAST_WINDOW = 8
# Costs run from 0 (the best candidate of the project) to this; an empty slot is worse than all.
WORST = 1_000_000
UNASSIGNED = 2 * WORST
# So many wait for each free slot of a task, beyond those who are asked.
WAITING = 2


@dataclass(frozen=True, slots=True)
class Work:
    """Open tasks in the order of their queue. `need`: acceptances still needed beyond those that
    offers already out are expected to bring, above 0; `starter`: kept for newcomers."""

    need: Floats
    starter: Flags


@dataclass(frozen=True, slots=True)
class People:
    """Candidates. `score` ranks them, `chance` is that of accepting, `places` how many more offers
    they may get."""

    score: Floats
    chance: Floats
    places: Ints
    newcomer: Flags


@dataclass(frozen=True, slots=True)
class Ask:
    """One row of a plan: asked now, or (`waits`) in turn; `rank` counts from 0 in each task."""

    task: int
    annotator: int
    rank: int
    waits: bool


def slots(need: Floats, rate: float) -> Ints:
    """How many offers each task is planned with, at the common chance of acceptance."""
    return np.array([wanted(math.ceil(one), rate) for one in need], dtype=np.int64)


def within_reach(need: Floats, rate: float, places: Ints) -> int:
    """How many of the tasks, from the head of the queue, there are places to ask for."""
    each = np.minimum(slots(need, rate), np.count_nonzero(places))
    return int(np.searchsorted(np.cumsum(each), places.sum(), side="left")) + 1


def pairs(work: Work, people: People, rate: float) -> tuple[Ints, Ints]:
    """The task and the candidate of each edge: some 20,000 or eight a task, no pair twice.

    Starter tasks are joined with newcomers only, where there are any.
    """
    free = np.flatnonzero(people.places > 0)
    by_worth = free[np.argsort(-people.score[free], kind="stable")]
    fresh = by_worth[people.newcomer[by_worth]]
    kept = work.starter & bool(fresh.size)
    lanes = [(np.flatnonzero(~kept), by_worth), (np.flatnonzero(kept), fresh)]
    joined = [_windows(lane, pool, work.need[lane], people, rate) for lane, pool in lanes]
    return (
        np.concatenate([tasks for tasks, _ in joined]),
        np.concatenate([candidates for _, candidates in joined]),
    )


def _windows(
    tasks: Ints, pool: Ints, need: Floats, people: People, rate: float
) -> tuple[Ints, Ints]:
    """Each task with a window of the best candidates who have, together, twice the places."""
    asked = slots(need, rate)
    least = max(LEAST_WINDOW, int(asked.max(initial=0)) + WAITING * math.ceil(need.max(initial=0)))
    enough = int(np.searchsorted(np.cumsum(people.places[pool]), 2 * asked.sum())) + 1
    pool = pool[: max(least, enough)]
    size = min(pool.size, max(least, MOST_EDGES // max(tasks.size, 1)))
    first = np.arange(tasks.size) * pool.size // max(tasks.size, 1)
    places = (first[:, None] + np.arange(size)[None, :]) % max(pool.size, 1)
    return np.repeat(tasks, size), pool[places.ravel()]


def asks(
    work: Work, people: People, edges: tuple[Ints, Ints], rate: float, solve: Solver
) -> list[Ask]:
    """Who is asked for which task, the best placed first, and who waits behind them.

    `edges` are the pairs that may be. Those whom the flow chose are asked until as many acceptances
    are expected as are needed; the rest of them, and then the next best, wait.
    """
    task, candidate = edges
    worth = people.score[candidate]
    spread = float(worth.max() - worth.min()) if worth.size else 0.0
    lost = (worth.max(initial=-np.inf) - worth) / (spread or 1.0)
    graph = Graph(
        slots=slots(work.need, rate),
        capacity=people.places,
        task=task,
        annotator=candidate,
        cost=np.rint(WORST * lost).astype(np.int64),
        unassigned=UNASSIGNED,
    )
    chosen = np.zeros(task.size, dtype=np.bool_)
    chosen[solve(graph).edges] = True
    order = np.lexsort((candidate, -worth, ~chosen, task))
    chance = people.chance[candidate].tolist()
    rows = []
    for one, group in groupby(order.tolist(), key=task.__getitem__):
        turn = list(group)
        need = float(work.need[one])
        now = how_many(need, [chance[edge] for edge in turn if chosen[edge]])
        # A task for which nobody has a place is planned again later, when somebody has.
        last = now + WAITING * math.ceil(need) if now else 0
        rows += [
            Ask(int(one), int(candidate[edge]), rank, waits=rank >= now)
            for rank, edge in enumerate(turn[:last])
        ]
    return rows
