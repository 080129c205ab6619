"""Figures and names that the local Stripe shares: versions, currencies, fees, time spans."""

from typing import Any, Final

Json = dict[str, Any]
"""One JSON object, as it travels over the wire."""

PLATFORM: Final = ""
"""The owner key of the platform itself; a connected account's objects are owned by its id."""

API_VERSION: Final = "2026-10-28.endive"
"""The API version that stripe-python 16.1 pins (stripe/_api_version.py)."""

HOUR: Final = 3600
DAY: Final = 24 * HOUR
V1_KEY_SECONDS: Final = DAY
"""v1 keys may be pruned once they are 24 hours old (docs.stripe.com/api/idempotent_requests)."""
V2_KEY_SECONDS: Final = 30 * DAY
"""v2 keys are kept for 30 days (docs.stripe.com/api-v2-overview#idempotency)."""
EVENT_SECONDS: Final = 30 * DAY
"""Both event lists go back 30 days (docs.stripe.com/api/events)."""
SETTLE_SECONDS: Final = 2 * DAY
"""A card charge becomes available after two days: the usual figure for a US account."""
PAYOUT_SECONDS: Final = DAY
"""Connected accounts pay their bank daily unless someone changes the schedule."""
ARRIVAL_SECONDS: Final = 2 * DAY
"""A bank payout arrives two days after it was made."""
LINK_SECONDS: Final = 5 * 60
"""An account link dies after minutes; Stripe says "a few minutes" and gives no figure."""

ZERO_DECIMAL: Final = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
})  # fmt: skip
"""Currencies whose smallest unit is the whole unit (docs.stripe.com/currencies#zero-decimal)."""

TWO_DECIMAL: Final = frozenset({
    "aed", "aud", "bgn", "brl", "cad", "chf", "czk", "dkk", "eur", "gbp", "hkd", "huf", "ils",
    "inr", "mxn", "myr", "nok", "nzd", "php", "pln", "ron", "sek", "sgd", "thb", "try", "twd",
    "usd", "zar",
})  # fmt: skip
CURRENCIES: Final = ZERO_DECIMAL | TWO_DECIMAL
"""What the local Stripe takes. Three-decimal ones are left out: the marketplace refuses them."""

MINIMUM_CHARGE: Final = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
"""Smallest charge, minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
DEFAULT_MINIMUM_CHARGE: Final = 50
MAXIMUM_CHARGE: Final = 99_999_999
"""Eight digits is the documented ceiling of `amount`."""


def stripe_fee(amount: int) -> int:
    """Stripe's fee on a card charge, in minor units: 2.9 % rounded half up, plus 30.

    >>> stripe_fee(10_000)
    320
    """
    return (amount * 29 + 500) // 1000 + 30


def transfer_fee(amount: int) -> int:
    """Stripe's fee on a bank transfer: 0.5 %, at most 500 minor units (US prices; guessed for
    others).

    >>> transfer_fee(10_000), transfer_fee(1_000_000)
    (50, 500)
    """
    return min((amount * 5 + 500) // 1000, 500)


def show_amount(amount: int, currency: str) -> str:
    """An amount for people: `show_amount(1250, "usd")` is `12.50 USD`; `(500, "jpy")` `500 JPY`."""
    if currency in ZERO_DECIMAL:
        return f"{amount:,} {currency.upper()}"
    sign, whole = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{whole // 100:,}.{whole % 100:02d} {currency.upper()}"
