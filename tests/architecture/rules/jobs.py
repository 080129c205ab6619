"""Background jobs: declared where they are found, promised by names that exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules.source import Source, chain, sources

PROMISES = {"enqueue", "enqueue_many"}
CELERY_ROOM = "marketplace/core/"  # the three Celery tasks that run everything else


def declared(root: Path) -> dict[str, Source]:
    """The names of all jobs and sweeps that the text declares, and where."""
    found = {}
    for source in sources(root):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef):
                for name in _declarations(node):
                    found[name] = source
    return found


def misplaced(root: Path) -> list[str]:
    """Jobs outside an app's jobs.py (or jobs/): nobody imports that file, so they never run."""
    return [
        f"{source.name}: the job {name} is not in a jobs.py"
        for name, source in declared(root).items()
        if "jobs" not in source.parts
    ]


def bare_celery_tasks(root: Path) -> list[str]:
    """Celery tasks of an app: background work is promised through the outbox instead."""
    return [
        source.at(node, f"{node.name} is a Celery task: use core.registry.job")
        for source in sources(root)
        if not source.name.startswith(CELERY_ROOM)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef)
        and any(
            chain(mark)[-1] in {"shared_task", "task"}
            and chain(mark)[0] in {"shared_task", "app", "celery_app", "celery"}
            for mark in node.decorator_list
        )
    ]


def unknown_promises(root: Path) -> list[str]:
    """Names given to `outbox.enqueue` that no job has."""
    known = declared(root)
    return [
        source.at(node, f"no job is called {name}")
        for source in sources(root)
        for node, name in _promises(source)
        if name not in known
    ]


def unregistered(root: Path, registered: set[str]) -> list[str]:
    """Jobs that the text declares and the running program does not know."""
    return [
        f"{source.name}: {name} is declared, but not found by autodiscovery"
        for name, source in declared(root).items()
        if name not in registered
    ]


def _declarations(node: ast.FunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and chain(mark)[-1] in {"job", "sweep"} and mark.args:
            first = mark.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _promises(source: Source) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and chain(node.func)[-1] in PROMISES and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node, first.value
