"""Remember the mutants that were found: one JSON file, named by everything they depend on."""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from marketplace.ops.demo.mutants.operators import Mutant
from marketplace.ops.demo.mutants.runner import Problem
from marketplace.ops.demo.mutants.search import failing_mutants, nothing

CODE = sorted(Path(__file__).parent.glob("*.py"))


def cached_mutants(
    problems: list[Problem],
    seed: int,
    *,
    version: str,
    folder: Path,
    on_done: Callable[[], None] = nothing,
) -> dict[str, Mutant | None]:
    """A failing mutant for each problem; only those not found in an earlier run are searched.

    `version` is that of the package the problems come from. A cache that cannot be read is
    written anew; one that cannot be written costs the next run its time, nothing else.
    """
    path = folder / f"mutants-{_key(version, seed)}.json"
    known = _read(path)
    missing = [problem for problem in problems if problem.task_id not in known]
    for _ in range(len(problems) - len(missing)):
        on_done()
    if missing:
        known |= failing_mutants(missing, seed, on_done)
        _write(path, known)
    return {problem.task_id: known[problem.task_id] for problem in problems}


def _key(version: str, seed: int) -> str:
    """A name for: the package, this code, the Python that prints programs, and the seed."""
    digest = hashlib.sha256(f"{version} {sys.version_info[:2]} {seed}".encode())
    for path in CODE:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> dict[str, Mutant | None]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {name: Mutant(**one) if one else None for name, one in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, found: dict[str, Mutant | None]) -> None:
    text = json.dumps({name: asdict(one) if one else None for name, one in found.items()}, indent=1)
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
