"""Push: a whole plan of a project in the database, a second one, and the end of all its offers."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.db.models import F

from marketplace.ops.bench import crowd, scratch
from marketplace.ops.bench.table import Table
from tasks.actions import cascade, planning
from tasks.models import Candidate, Offer, Project


def add_arguments(parser: ArgumentParser) -> None:
    """The size of the project."""
    parser.add_argument("--tasks", type=int, default=10_000, help="open tasks of the project")
    parser.add_argument("--candidates", type=int, default=2_000, help="annotators in its domain")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Plan in a database of its own, let every offer run out, and sweep."""
    size = crowd.Size(
        tasks=options["tasks"],
        annotators=options["candidates"],  # all in the project's domain
        projects=1,
        history=0,
        open_share=1.0,
        overlap=1,
    )
    with scratch.database():
        crowd.build(size, out)
        Project.objects.update(push=True)
        return _measure(out)


def _measure(out: Table) -> dict[str, Any]:
    project_id = crowd.project_id(1)
    figures: dict[str, Any] = {"candidates": Candidate.objects.count()}
    plan, figures["plan_s"] = _timed(
        lambda: planning.plan_project(project_id=project_id, by=scratch.BY)
    )
    if plan is not None:
        figures |= {"tasks": plan.tasks, "offers": plan.offers, "standby": plan.standby}
        figures["solver"] = plan.solver
        note = (
            f"{plan.offers:,} offers, {plan.standby:,} wait, {figures['candidates']:,} candidates"
        )
        out.figure("the plan, s", figures["plan_s"], note, decimals=2)
    _, figures["again_s"] = _timed(
        lambda: planning.plan_project(project_id=project_id, by=scratch.BY)
    )
    out.figure("a plan when everybody has offers, s", figures["again_s"], decimals=2)
    Offer.objects.filter(state="offered").update(expires_at=F("offered_at"))
    ended, figures["sweep_s"] = _timed(lambda: cascade.expire_offers(by=scratch.BY))
    figures["ended"] = ended
    out.figure("the sweep, s", figures["sweep_s"], f"{ended:,} offers ended", decimals=2)
    return figures


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began
