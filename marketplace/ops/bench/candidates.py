"""Candidate rows: how long a refresh of one project or annotator takes, and all of them."""

import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, scratch, server
from marketplace.ops.bench.claim import add_size, size_of
from marketplace.ops.bench.table import Table
from tasks.actions import matching
from tasks.models import Candidate

ROUNDS = 25


def add_arguments(parser: ArgumentParser) -> None:
    """How large; 20,000 annotators and 400 projects make some 950 candidates a project."""
    add_size(parser, tasks=20_000, history=20_000)
    parser.add_argument("--volatile", action="store_true", help="on a server that may lose data")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Refresh some, prove all, and make all anew from nothing; one process, one connection."""
    size = size_of(options)
    with scratch.database():
        found = server.facts(volatile=options["volatile"])
        out.say(server.sentence(found))
        crowd.build(size, out, mixed=False)
        rows = Candidate.objects.count()
        out.figure("candidate rows", rows, f"{rows / size.projects:,.0f} a project")
        figures = _single(size, out) | _all(size, rows, out)
    return figures | {"rows": rows, "server": found}


def _single(size: crowd.Size, out: Table) -> dict[str, float]:
    """The median of one refresh, in milliseconds."""
    projects = [crowd.project_id(n) for n in range(1, min(size.projects, ROUNDS) + 1)]
    annotators = [crowd.annotator_id(n) for n in range(1, min(size.annotators, ROUNDS) + 1)]
    of_project = _times(lambda pk: matching.refresh_project(project_id=pk), projects)
    of_annotator = _times(lambda pk: matching.refresh_annotator(annotator_id=pk), annotators)
    figures = {
        "refresh_project_ms": statistics.median(of_project),
        "refresh_annotator_ms": statistics.median(of_annotator),
    }
    out.figure(
        "ms, one project's candidates refreshed",
        figures["refresh_project_ms"],
        f"median of {len(projects)}, at most {max(of_project):.1f}",
        decimals=1,
    )
    out.figure(
        "ms, one annotator's candidacies refreshed",
        figures["refresh_annotator_ms"],
        f"median of {len(annotators)}, at most {max(of_annotator):.1f}",
        decimals=1,
    )
    return {name: round(value, 2) for name, value in figures.items()}


def _times(work: Callable[[UUID], object], keys: Iterable[UUID]) -> list[float]:
    """Milliseconds of each."""
    times = []
    for key in keys:
        began = time.perf_counter()
        work(key)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _all(size: crowd.Size, rows: int, out: Table) -> dict[str, float]:
    """Seconds for every project: once to prove that the rows are those of the rules, once from
    nothing. Refuses to give a figure for a proof that found something to mend.
    """
    projects = [crowd.project_id(n) for n in range(1, size.projects + 1)]
    began = time.perf_counter()
    mended = sum(matching.prove_project(project_id=pk, by=scratch.BY) for pk in projects)
    proof = time.perf_counter() - began
    if mended:
        raise ServersError(f"{mended} candidate rows were not those of the rules.")
    out.figure("s, all projects proved", proof, "nothing to mend", decimals=2)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tasks_candidate, tasks_matching")
    began = time.perf_counter()
    for pk in projects:
        matching.refresh_project(project_id=pk)
    anew = time.perf_counter() - began
    if Candidate.objects.count() != rows:
        raise ServersError(f"From nothing {Candidate.objects.count()} rows came, not {rows}.")
    out.figure("s, all projects from nothing", anew, decimals=2)
    return {"rebuild_s": round(anew, 2), "prove_s": round(proof, 2)}
