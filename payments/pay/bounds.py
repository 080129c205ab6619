"""What one accepted answer may cost before anybody has claimed it, for estimates."""

import datetime as dt
from typing import Any

from payments.pay.quote import Basis, quote, up
from payments.pay.settle import Facts, settle
from payments.pay.terms import TIERS, WHOLE, Terms

# A rush that may end before the work is done counts for the most, not for what is expected.
_BEFORE = dt.datetime.min.replace(tzinfo=dt.UTC)
_AFTER = dt.datetime.max.replace(tzinfo=dt.UTC)


def bounds(
    terms: Terms, price_minor: int, expected_minutes: int, *, min_tier: int = 1
) -> tuple[int, int, int]:
    """Least, expected and most that an annotator of `min_tier` or above is paid for an accepted
    answer, in minor units and without the platform's fee; the price thrice where there are no
    rules.

    Least: the lowest multiplier, no bonus, no time. Expected: the multiplier halfway between the
    lowest and the highest, the expected minutes, accepted unchanged and fully scored, no rush.
    Most: the highest multipliers, everything that can be added.
    """
    if not terms:
        return price_minor, price_minor, price_minor
    tiers = [terms.get("tiers", {}).get(one, WHOLE) for one in TIERS if int(one) >= min_tier]
    top_domain = max(terms.get("domains", {}).values(), default=WHOLE)
    low, high = min(tiers) * WHOLE, max(tiers) * top_domain
    plain = {name: part for name, part in terms.items() if name not in ("tiers", "domains")}

    def quoted(multiplier: int, at: dt.datetime) -> dict[str, Any]:
        price = up(price_minor * multiplier, WHOLE * WHOLE)
        return quote(plain, Basis(price, 0, expected_minutes, min_tier, (), at))

    poor = Facts(0, 0, fixed=True, handed_in_at=_AFTER, score=(0, 1))
    usual = Facts(expected_minutes * 60, 0, fixed=False, handed_in_at=_AFTER)
    least = settle(quoted(low, _AFTER), poor).amount_minor
    expected = settle(quoted(up(low + high, 2), _AFTER), usual).amount_minor
    return least, expected, int(quoted(high, _BEFORE)["most_minor"])
