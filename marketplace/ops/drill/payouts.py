"""Payouts under killed workers, broken networks and forgotten keys: each is paid exactly once.

Workers are processes forked from the drill that run the jobs of production against a local Stripe
in a process of its own; 8 % of their tries end by `kill -9`. Between the rounds both clocks move
on, twice by 26 hours: Stripe has then forgotten its idempotency keys. Webhooks come shuffled, in
copies, or not at all.
"""

import datetime as dt
import logging
import os
import random
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.test.utils import override_settings

from marketplace.core import clock
from marketplace.ops.bench import scratch
from marketplace.ops.bench.table import Table
from marketplace.ops.drill import figures, payroll, webhook_door
from marketplace.ops.drill.killing import in_child, until_done
from marketplace.ops.drill.payday import SABOTAGES, Shift
from marketplace.ops.drill.stripe_process import DrillStripe, copied, stripe_process
from payments.actions import books

FAULTS = (
    "drop_before", "drop_after", "hang_after", "500_before", "500_after",
    "429", "429_lock", "409", "401", "bad_json", "slow",
)  # fmt: skip
SECONDS = 1.5
"""How long a call hangs: more than the workers wait for it."""
EVERYWHERE = 0.15
"""The share of faults that may hit any request; the others hit those about transfers."""
ROUGH_ROUNDS, MOST_ROUNDS = 8, 60
GAPS = {2: 26, 5: 26}
"""Hours that pass after these rounds; after any other it is one."""
ALL = "*"


def seeds(text: str) -> list[int]:
    """`7` or `1-20`."""
    first, _, last = text.partition("-")
    try:
        found = list(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise ArgumentTypeError("Give a whole number, or two with a dash between them.") from error
    if not found:
        raise ArgumentTypeError("The second number is the greater one.")
    return found


def add_arguments(parser: ArgumentParser) -> None:
    """How many, by how many, with which dice."""
    parser.add_argument("--payouts", type=int, default=200, help="annotators to be paid")
    parser.add_argument("--workers", type=int, default=3, help="processes at once")
    parser.add_argument("--seed", type=seeds, default=[1], help="of all dice: 7, or 1-20 for each")
    parser.add_argument("--sabotage", choices=SABOTAGES, help="break it: the drill must then fail")


@dataclass(frozen=True, slots=True)
class Drill:
    """One run: its dice and how much of everything."""

    seed: int
    payouts: int
    workers: int
    sabotage: str | None
    stripe: DrillStripe

    def run(self) -> dict[str, int]:
        """Rough rounds, then calm ones until all is paid; the figures, and `killed` beside them."""
        dice = random.Random(self.seed)  # noqa: S311 - a drill must be repeatable
        armed = killed = 0
        for number in range(ROUGH_ROUNDS):
            armed += self._arm(dice, number)
            self._post_office(dice)
            killed += self._round(number, crashes=True)
        hits = armed - self.stripe.waiting_faults()
        self.stripe.clear_faults()
        self.stripe.webhooks(drop=[], copies=1)
        for number in range(ROUGH_ROUNDS, MOST_ROUNDS):
            self._round(number, crashes=False)
            if figures.all_paid():
                break
        in_child(partial(books.sync, by=payroll.BY))
        found = figures.read(self.stripe.totals()["transfers"], payroll.CURRENCY)
        return found | {"faults": hits, "killed": killed}

    def _arm(self, dice: random.Random, number: int) -> int:
        """Most faults in the first round, when most is sent; dice choose where they hit."""
        first = number == 0
        count = max(16 if first else 4, self.payouts * (30 if first else 5) // 100)
        reach = self.payouts if first else count * 2
        for _ in range(count):
            anywhere = dice.random() < EVERYWHERE
            self.stripe.add_fault(
                dice.choice(FAULTS),
                path="/v[12]/" if anywhere else "/v1/transfers",
                method=ALL,
                skip=dice.randrange(reach),
                seconds=SECONDS,
            )
        return count

    def _post_office(self, dice: random.Random) -> None:
        lost = dice.random() < 1 / 3
        self.stripe.webhooks(
            mode="manual",
            order="shuffle",
            seed=dice.randrange(10**6),
            copies=dice.randint(1, 3),
            drop=[ALL] if lost else [],
        )

    def _round(self, number: int, *, crashes: bool) -> int:
        """Every worker once round, then the webhooks, then time passes."""
        shifts = [
            Shift(self.seed, number, place, self.sabotage, *(() if crashes else (0.0,)))
            for place in range(self.workers)
        ]
        killed = until_done(shifts)
        self.stripe.deliver()
        hours = GAPS.get(number, 1)
        clock.advance(dt.timedelta(hours=hours))
        self.stripe.advance(hours * 3600)
        return killed


def run(options: dict[str, Any], out: Table) -> dict[int, dict[str, int]]:
    """One run a seed, all from the same payroll; the figures of each."""
    payouts, workers = options["payouts"], options["workers"]
    if payouts < 1 or workers < 1:
        raise CommandError("At least one payout and one worker, please.")
    logging.disable(logging.CRITICAL)  # what goes wrong on purpose is not for the console
    found = {}
    with scratch.database(), TemporaryDirectory() as folder:
        place = Place(Path(folder))
        with place.stripe(place.payroll) as stripe:
            fill = partial(payroll.fill, stripe, key=settings.STRIPE_SECRET_KEY, payouts=payouts)
            in_child(fill)
        for seed in options["seed"]:
            with scratch.copy(), place.stripe(copied(place.payroll, place.run)) as stripe:
                drill = Drill(seed, payouts, workers, options["sabotage"], stripe)
                found[seed] = drill.run()
            out.say(f"seed {seed}: {_sentence(found[seed])}")
    return found


def _sentence(figures: dict[str, int]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in figures.items())


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runs of one command keep what they know of Stripe."""

    folder: Path

    @property
    def payroll(self) -> Path:
        """The state that every run begins with."""
        return self.folder / "payroll.json"

    @property
    def run(self) -> Path:
        """The state of the run under way."""
        return self.folder / "run.json"

    @contextmanager
    def stripe(self, state: Path) -> Iterator[DrillStripe]:
        """A local Stripe with this state, which everything of ours speaks to."""
        with (
            webhook_door.open_door() as port,
            stripe_process(self.folder, os.environ, state=state, web_port=port) as stripe,
            override_settings(
                STRIPE_API_BASE=stripe.address,
                EGRESS_ALLOWED_BASES=[stripe.address],
                STRIPE_TRANSFERS_PER_SECOND=10_000.0,
                PAYOUT_WEEKDAY=7,  # any day
            ),
        ):
            yield stripe
