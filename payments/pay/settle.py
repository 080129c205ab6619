"""The settlement of a claim: its frozen quote and the facts of the work give lines, which sum.

Parts, in this order; every fraction is rounded up:

    base        the price of the answer, or rate · active time / hour: at most the cap, at least one
                minute, since time is measured only on the page
    bonus       `unchanged`: all of it where the answer was accepted without a return or a fix.
                `rubric`: most · (score - from) / (100 % - from), where score is the points given of
                the points possible; all of it where nobody scored the answer
    rush        where the answer was first handed in before the moment of the quote
    correction  for each correction that was handed in, at most 3
    floor       what is missing to floor · active time / hour, the time up to the cap
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.core.money import fee
from payments.pay.quote import HOUR, MOST_CORRECTIONS, Quote, share, up
from payments.pay.terms import WHOLE, moment

SECONDS = 3600
LEAST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured: seconds of active time, how often the answer came back and was handed in
    again, whether a reviewer mended it, when it was first handed in, and the reviewer's points of
    the possible ones (None: not scored).
    """

    active_seconds: int
    corrections: int
    fixed: bool
    handed_in_at: dt.datetime
    score: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """`parts` by kind, without those of nothing; they sum to `amount_minor`. `fee_minor` is the
    platform's on top of it.
    """

    parts: Mapping[str, int]
    amount_minor: int
    fee_minor: int


def settle(quote: Quote, facts: Facts) -> Settlement:
    """What the accepted work is paid; never more than the quote's `most_minor`."""
    base = earned(quote, facts.active_seconds)
    rushed = bool(quote["rush_until"]) and facts.handed_in_at < moment(quote["rush_until"])
    parts = {
        "base": base,
        "bonus": _bonus(quote, base, facts),
        "rush": share(base, quote["rush_bps"]) if rushed else 0,
        "correction": quote["correction_minor"] * min(facts.corrections, MOST_CORRECTIONS),
    }
    seconds = counted(quote, facts.active_seconds)
    least = up(quote["floor_minor"] * seconds, SECONDS)
    parts["floor"] = max(0, least - sum(parts.values()))
    amount = sum(parts.values())
    paid = {kind: part for kind, part in parts.items() if part}
    return Settlement(paid, amount, fee(amount, quote["fee_bps"]))


def counted(quote: Quote, active_seconds: int) -> int:
    """The seconds of active time that count."""
    return int(min(active_seconds, quote["cap_minutes"] * HOUR))


def earned(quote: Quote, active_seconds: int) -> int:
    """The base for so much active time, in minor units."""
    if quote["model"] == "submission":
        return int(quote["base_minor"])
    seconds = max(counted(quote, active_seconds), LEAST_SECONDS)
    return up(quote["rate_minor"] * seconds, SECONDS)


def _bonus(quote: Quote, base: int, facts: Facts) -> int:
    if quote["bonus_measure"] == "unchanged":
        unchanged = not facts.corrections and not facts.fixed
        return share(base, quote["bonus_bps"]) if unchanged else 0
    if facts.score is None:
        return share(base, quote["bonus_bps"])
    points, possible = facts.score
    from_ = quote["bonus_from"]
    above = max(0, 100 * points - from_ * possible)
    return up(base * quote["bonus_bps"] * above, WHOLE * (100 - from_) * possible)
