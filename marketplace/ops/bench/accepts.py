"""Accepted answers booked a second by four threads for eight projects, beside the same SQL."""

import itertools
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from marketplace.core.ids import new_id
from marketplace.ops.bench import pgbench, scratch
from marketplace.ops.bench.table import Table
from marketplace.ops.bench.timing import rate
from payments.actions import earnings, funds, reserve

THREADS, PROJECTS = 4, 8
PRICE, FEE = 1000, 200
AIM = 0.25
# Held promises as claims make them, numbered for each thread and each client of pgbench.
_HOLDER = "assignment:{side}-{number}-{place}"


def add_arguments(parser: ArgumentParser) -> None:
    """How many; more is steadier."""
    parser.add_argument("--accepts", type=int, default=2000, help="of each kind")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Both in one run, one after the other, on promises of a database of its own."""
    each = options["accepts"] // THREADS
    with scratch.database():
        world = scratch.world(tasks=1, annotators=THREADS)
        people = [one.pk for one in world.annotators]
        _promise(world.organization_id, each + 2)
        works = [_accepting(number, person) for number, person in enumerate(people)]
        for work in works:  # opens the annotators' accounts
            work()
        bare = pgbench.run(
            "accept", clients=THREADS, each=each, values={"price": PRICE, "fee": FEE, "place": -1}
        )
        out.figure("accepts/s, the same SQL by pgbench", bare.per_s)
        action = rate(works, each)
        ratio = action / bare.per_s
        out.figure("accepts/s, the action", action, f"{ratio:.2f} of it (at least {AIM})")
    return {"bare_per_s": bare.per_s, "action_per_s": action, "ratio": ratio}


def _accepting(number: int, annotator_id: UUID) -> Callable[[], None]:
    """One more accepted answer of this thread's annotator, of one project after the other."""
    place = itertools.count()

    def accept() -> None:
        holder = _HOLDER.format(side="action", number=number, place=next(place))
        earnings.accrue(
            holder=holder, annotator_id=annotator_id, label="Accepted answer", by=scratch.BY
        )

    return accept


def _promise(organization_id: UUID, each: int) -> None:
    """Held promises for both sides, by the claim's own call, round the projects."""
    pots = [f"project:{new_id()}" for _ in range(PROJECTS)]
    for pot in pots:
        funds.allocate(
            organization_id=organization_id,
            pot=pot,
            currency=scratch.CURRENCY,
            amount_minor=scratch.FUNDS_MINOR // (2 * PROJECTS),
            by=scratch.BY,
        )
    with transaction.atomic():
        for side, number, place in itertools.product(
            ("action", "bare"), range(THREADS), range(each)
        ):
            reserve.reserve(
                holder=_HOLDER.format(side=side, number=number, place=place),
                pot=pots[(number + place) % PROJECTS],
                organization_id=organization_id,
                currency=scratch.CURRENCY,
                price_minor=PRICE,
                fee_minor=FEE,
                by=scratch.BY,
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_reservation, payments_ledgeraccount")
