"""Claims and ledger entries a second by a few threads, beside bare SQL of the same moment."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

from marketplace.core.ids import new_id
from marketplace.ops import stack
from marketplace.ops.bench import ours, raw, scratch
from marketplace.ops.bench.table import Table
from marketplace.ops.bench.timing import rate

THREADS = 4
BATCH = 100


def add_arguments(parser: ArgumentParser) -> None:
    """How much; more is steadier."""
    parser.add_argument("--claims", type=int, default=400, help="claims of each kind")
    parser.add_argument("--batches", type=int, default=40, help="batches of 100 entries")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Measure in a database of its own, with everything of the machine shared as it is."""
    claims, batches = options["claims"], options["batches"]
    with scratch.database() as url:
        raw.prepare(2 * claims + 2 * THREADS)
        world = scratch.world(tasks=3 * claims, annotators=2 * THREADS)
        return _claims(world, url, claims, out) | _entries(world, batches, out)


def _claims(world: scratch.World, url: str, claims: int, out: Table) -> dict[str, float]:
    bare = rate([raw.claim] * THREADS, claims // THREADS)
    out.figure("claims/s, bare SQL", bare)
    with override_settings(**scratch.NO_CAPS):
        works = [ours.claim_by_action(one) for one in world.annotators[:THREADS]]
        action = rate(works, claims // THREADS)
    _beside(out, "claims/s, the claim action", action, bare)
    at = stack.addresses(other_ports=True)
    with stack.web_only(settings.LOCAL_DIR, at, scratch.site(url)):
        pages = [
            ours.claim_by_page(at.web, one, f"127.0.0.{number}")
            for number, one in enumerate(world.annotators[THREADS:], start=2)
        ]
        page = rate(pages, claims // THREADS // 2)
    _beside(out, "claims/s, the page over HTTP", page, bare)
    return {
        "bare_claims_per_s": bare,
        "action_claims_per_s": action,
        "page_claims_per_s": page,
    }


def _entries(world: scratch.World, batches: int, out: Table) -> dict[str, float]:
    bare = BATCH * rate([partial(raw.entries, BATCH)], batches)
    out.figure("ledger entries/s, bare SQL", bare)
    pots = [f"project:{new_id()}" for _ in range(BATCH)]
    work = ours.post_entries(world.organization_id, pots, BATCH)
    ours_rate = BATCH * rate([work], batches)
    _beside(out, "ledger entries/s, post()", ours_rate, bare)
    return {"bare_entries_per_s": bare, "entries_per_s": ours_rate}


def _beside(out: Table, what: str, measured: float, bare: float) -> None:
    out.figure(what, measured, f"{measured / bare:.1%} of bare SQL")
