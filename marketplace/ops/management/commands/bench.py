"""`manage.py bench`: claims and ledger entries a second, beside the bare database."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

from marketplace.core.ids import new_id
from marketplace.devservers.errors import ServersError
from marketplace.ops import stack
from marketplace.ops.bench import ours, raw, scratch
from marketplace.ops.bench.timing import rate
from marketplace.ops.drive.browser import Surprise

THREADS = 4
BATCH = 100


class Command(BaseCommand):
    """Measures on a database of its own, with everything of the machine shared as it is."""

    help = "Measure claims and ledger entries a second; the ratio to bare SQL says what rules cost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much; more is steadier."""
        parser.add_argument("--claims", type=int, default=400, help="claims of each kind")
        parser.add_argument("--batches", type=int, default=40, help="batches of 100 entries")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        claims, batches = options["claims"], options["batches"]
        try:
            with scratch.database() as url:
                raw.prepare(2 * claims + 2 * THREADS)
                world = scratch.world(tasks=3 * claims, annotators=2 * THREADS)
                self._claims(world, url, claims)
                self._entries(world, batches)
        except (ServersError, Surprise) as error:
            raise CommandError(str(error)) from error

    def _claims(self, world: scratch.World, url: str, claims: int) -> None:
        bare = rate([raw.claim] * THREADS, claims // THREADS)
        self._line("claims/s, bare SQL", bare, bare)
        with override_settings(OPEN_CLAIMS_MAX=10**6):
            works = [ours.claim_by_action(one) for one in world.annotators[:THREADS]]
            self._line("claims/s, the claim action", rate(works, claims // THREADS), bare)
        at = stack.addresses(other_ports=True)
        with stack.web_only(settings.LOCAL_DIR, at, scratch.site(url)):
            pages = [
                ours.claim_by_page(at.web, one, f"127.0.0.{number}")
                for number, one in enumerate(world.annotators[THREADS:], start=2)
            ]
            self._line("claims/s, the page over HTTP", rate(pages, claims // THREADS // 2), bare)

    def _entries(self, world: scratch.World, batches: int) -> None:
        bare = BATCH * rate([partial(raw.entries, BATCH)], batches)
        self._line("ledger entries/s, bare SQL", bare, bare)
        pots = [f"project:{new_id()}" for _ in range(BATCH)]
        work = ours.post_entries(world.organization_id, pots, BATCH)
        self._line("ledger entries/s, post()", BATCH * rate([work], batches), bare)

    def _line(self, what: str, measured: float, bare: float) -> None:
        ratio = "" if measured == bare else f"   {measured / bare:6.1%} of bare SQL"
        self.stdout.write(f"{what:<30} {measured:>9,.0f}{ratio}")
