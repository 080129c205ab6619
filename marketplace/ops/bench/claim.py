"""Claims a second and their times: bare SQL, our claim function, and the whole way over HTTP.

All phases share one world and one server, so that their ratios mean something: the reference is the
least that a correct claim must do, `function` is ours with rules, money, audit and outbox, and
`http` adds the web server, all middleware and a session.
"""

from argparse import ArgumentParser
from typing import Any

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, invariants, scratch, server, sessions, web
from marketplace.ops.bench.claim_database import Database
from marketplace.ops.bench.claim_http import Http
from marketplace.ops.bench.claim_scale import scale
from marketplace.ops.bench.table import Table

DOOR = "/api/v1/queue/next"


def add_arguments(parser: ArgumentParser) -> None:
    """How large, how long, how many at once."""
    add_size(parser, tasks=100_000, history=100_000)
    parser.add_argument("--clients", type=int, default=16, help="HTTP client processes")
    parser.add_argument("--seconds", type=int, default=4, help="of each HTTP run; best of three")
    parser.add_argument("--pgbench-seconds", type=int, default=3, help="of each run of pgbench")
    parser.add_argument("--path", default=DOOR, help="the door that is posted to")
    parser.add_argument("--kill", action="store_true", help="one run more, killing the web server")
    parser.add_argument("--scale", action="store_true", help="10,000 to --tasks, and open claims")
    parser.add_argument(
        "--volatile", action="store_true", help="measure a server that may lose data, too"
    )


def add_size(parser: ArgumentParser, *, tasks: int, history: int) -> None:
    """How large the world is."""
    parser.add_argument("--tasks", type=int, default=tasks)
    parser.add_argument("--annotators", type=int, default=5_000)
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--history", type=int, default=history, help="assignments of before")
    parser.add_argument("--open-share", type=float, default=0.2, help="of the tasks")
    parser.add_argument("--overlap", type=int, default=3, help="answers that a task needs")


def size_of(options: dict[str, Any]) -> crowd.Size:
    """What those options ask for."""
    size = crowd.Size(
        tasks=options["tasks"],
        annotators=options["annotators"],
        projects=options["projects"],
        history=options["history"],
        open_share=options["open_share"],
        overlap=options["overlap"],
    )
    if min(size.tasks, size.annotators, size.projects, size.overlap) < 1 or size.history < 0:
        raise ServersError("A world has at least one task, annotator, project and answer.")
    if not 0 < size.open_share <= 1:
        raise ServersError("The open share is above 0 and at most 1.")
    return size


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Build the world, run the phases one after the other, count the damage."""
    size = size_of(options)
    if options["scale"]:
        return scale(size, out, volatile=options["volatile"])
    with scratch.database() as url:
        found = server.facts(volatile=options["volatile"])
        out.say(server.sentence(found))
        out.say(f"{size.tasks:,} tasks, {size.annotators:,} annotators, {size.projects:,} projects")
        built = crowd.build(size, out)
        cookies = sessions.sign_in(crowd.user_id(n) for n in range(1, size.annotators + 1))
        out.say(f"built in {built:.0f} s, everybody signed in; now the database by itself")
        figures = Database(size, options["pgbench_seconds"], out).measure()
        out.say("now over HTTP")
        with web.serving(url) as site:
            http = Http(site, options, cookies, out)
            figures |= http.measure(figures)
        damage = invariants.damage().figures()
        figures |= damage | {"double_claims": damage["double_claims"] + http.twice()}
        out.figure("double claims", figures["double_claims"], f"beside them {damage}")
    return figures | {"server": found, "built_s": round(built, 1)}
