"""Look for one failing mutant of each problem, on all cores; the same seed finds the same ones."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.mutants.operators import Mutant, mutants, tidy
from marketplace.ops.demo.mutants.runner import Outcome, Problem, run


def nothing() -> None:
    """The default listener of the search."""


def failing_mutant(problem: Problem, seed: int) -> Mutant | None:
    """A mutant that the problem's own tests prove wrong; None where there is none.

    Mutants are tried in an order drawn from the seed. The first that returns a wrong value is
    taken; one that merely crashes is taken only where none returns a wrong value, because a crash
    is seen at a glance. First of all the reference itself must pass: else its tests prove nothing.
    """
    reference = tidy(problem.reference, problem.entry_point)
    if run(problem, reference) is not Outcome.PASSED:
        return None
    crashing: Mutant | None = None
    for mutant in _shuffled(reference, problem, seed):
        outcome = run(problem, mutant.solution)
        if outcome is Outcome.WRONG:
            return mutant
        if outcome is Outcome.RAISED and crashing is None:
            crashing = mutant
    return crashing


def failing_mutants(
    problems: Iterable[Problem], seed: int, on_done: Callable[[], None] = nothing
) -> dict[str, Mutant | None]:
    """A failing mutant for each problem, by its id; `on_done` is called after each problem.

    Each try is a process; the threads only wait for them.
    """

    def search(problem: Problem) -> tuple[str, Mutant | None]:
        found = failing_mutant(problem, seed)
        on_done()
        return problem.task_id, found

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return dict(pool.map(search, problems))


def _shuffled(reference: str, problem: Problem, seed: int) -> list[Mutant]:
    """All mutants in a drawn order; of the three operators none is favoured by its frequency."""
    draw = dice(seed, "mutants", problem.task_id)
    by_fault: dict[str, list[Mutant]] = {}
    for mutant in mutants(reference, problem.entry_point):
        by_fault.setdefault(mutant.fault, []).append(mutant)
    queues = [draw.sample(group, len(group)) for group in by_fault.values()]
    draw.shuffle(queues)
    order = []
    while queues:
        order += [queue.pop() for queue in queues]
        queues = [queue for queue in queues if queue]
    return order
