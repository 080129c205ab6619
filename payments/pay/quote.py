"""The quote of a claim: a project's pay rules and price, for one annotator, at one moment.

Frozen with the claim, so that a later change of the rules touches later claims only. The claim
computes it in SQL (tasks/matching/quote.py); this is its twin, and a test compares the two. Every
fraction of a minor unit is rounded up, in the annotator's favour.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core.money import fee
from payments.pay.terms import KILL_BPS, WHOLE, Terms, moment

Quote = Mapping[str, Any]
VERSION = 1
MOST_CORRECTIONS = 3  # as often as an answer is returned
HOUR = 60  # minutes
CAP_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Basis:
    """What the rules are applied to: the project's price (`price_minor`, the fee on top in basis
    points, how many minutes are expected), and of the annotator the tier and the domains of their
    verified, unexpired credentials, at the moment `at`.
    """

    price_minor: int
    fee_bps: int
    expected_minutes: int
    tier: int
    credentials: Iterable[str]
    at: dt.datetime


def share(amount: int, bps: int) -> int:
    """So many basis points of an amount, a fraction rounded up."""
    return up(amount * bps, WHOLE)


def up(numerator: int, denominator: int) -> int:
    """Their quotient, rounded up."""
    return -(-numerator // denominator)


def quote(terms: Terms, basis: Basis) -> dict[str, Any]:
    """What the claim will pay, and the most that it can cost; empty rules give an empty quote.

    `rate_minor` is the price times both multipliers: for an answer, or for an hour. `base_minor` is
    the base at most, `kill_minor` the fee for a claim that the client ends. `most_minor` is the
    largest payment there can be, `fee_minor` the fee of that.
    """
    if not terms:
        return {}
    tier_bps = terms.get("tiers", {}).get(str(basis.tier), WHOLE)
    domain, domain_bps = _domain(terms.get("domains", {}), list(basis.credentials))
    rate = up(basis.price_minor * tier_bps * domain_bps, WHOLE * WHOLE)
    hourly = terms["model"] == "hourly"
    cap = terms.get("cap_minutes", CAP_FACTOR * basis.expected_minutes)
    base = up(rate * cap, HOUR) if hourly else rate
    expected = up(rate * min(cap, basis.expected_minutes), HOUR) if hourly else rate
    bonus, rush = terms.get("bonus", {}), terms.get("rush", {})
    rushes = bool(rush) and basis.at < moment(rush["until"])
    parts = {
        "version": VERSION,
        "model": terms["model"],
        "price_minor": basis.price_minor,
        "fee_bps": basis.fee_bps,
        "tier": basis.tier,
        "tier_bps": tier_bps,
        "domain": domain,
        "domain_bps": domain_bps,
        "rate_minor": rate,
        "cap_minutes": cap,
        "base_minor": base,
        "bonus_measure": bonus.get("measure"),
        "bonus_bps": bonus.get("most_bps", 0),
        "bonus_from": bonus.get("from_percent", 0),
        "rush_bps": rush["bps"] if rushes else 0,
        "rush_until": rush["until"] if rushes else None,
        "correction_minor": share(base, terms.get("correction_bps", 0)),
        "kill_minor": share(expected, terms.get("kill_bps", KILL_BPS)),
        "floor_minor": terms.get("floor_hourly_minor", 0),
    }
    most = _most(parts)
    return {**parts, "most_minor": most, "fee_minor": fee(most, basis.fee_bps)}


def _domain(domains: Mapping[str, int], credentials: list[str]) -> tuple[str | None, int]:
    """The highest multiplier of a field in which, or below which, a credential is held; of equal
    ones the first by name."""
    held = [
        (-bps, path)
        for path, bps in domains.items()
        if any(one == path or one.startswith(f"{path}.") for one in credentials)
    ]
    if not held:
        return None, WHOLE
    bps, path = min(held)
    return path, -bps


def _most(parts: Quote) -> int:
    """The largest payment: what is unchanged was never returned, so those two never meet."""
    base = parts["base_minor"]
    bonus = share(base, parts["bonus_bps"])
    corrections = MOST_CORRECTIONS * parts["correction_minor"]
    if parts["bonus_measure"] == "unchanged":
        extra = max(bonus, corrections)
    else:
        extra = bonus + corrections
    floor = up(parts["floor_minor"] * parts["cap_minutes"], HOUR)
    return int(max(base + extra + share(base, parts["rush_bps"]), floor))
