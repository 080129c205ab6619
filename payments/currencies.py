"""The currencies we take, and the countries that have a payout rail, as data."""

from dataclasses import dataclass
from typing import Literal

from marketplace.core.money import read, write


@dataclass(frozen=True, slots=True)
class Currency:
    """`exponent` is the number of decimal places.

    `minimum_charge_minor` is Stripe's least card charge. Payouts begin at `minimum_payout_minor`:
    about 25 dollars, below which a bank's own fee would eat too much of it, and above each of
    Stripe's own minimums. A payout is a whole multiple of `payout_multiple`: 1 in all currencies
    that we take, 100 in those which Stripe pays out in whole units only (HUF, TWD).
    """

    code: str
    exponent: int
    minimum_charge_minor: int
    symbol: str
    minimum_payout_minor: int
    payout_multiple: int = 1


MAXIMUM_CHARGE_MINOR = 99_999_999  # eight digits are Stripe's documented ceiling of one charge

# https://docs.stripe.com/currencies (minimum and zero-decimal charges), /payouts (minimum payouts)
CURRENCIES = {
    c.code: c
    for c in (
        Currency("usd", 2, 50, "$", 2500),
        Currency("eur", 2, 50, "€", 2500),
        Currency("gbp", 2, 30, "£", 2000),
        Currency("cad", 2, 50, "CA$", 3000),
        Currency("chf", 2, 50, "CHF", 2500),
        Currency("jpy", 0, 50, "¥", 3000),
    )
}

# Currencies in which a client can pay by bank transfer, and Stripe's name for the kind.
# https://docs.stripe.com/payments/bank-transfers
BankTransfer = Literal[
    "eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer", "us_bank_transfer"
]
BANK_TRANSFERS: dict[str, BankTransfer] = {
    "usd": "us_bank_transfer",
    "eur": "eu_bank_transfer",
    "gbp": "gb_bank_transfer",
    "jpy": "jp_bank_transfer",
}

# Connect's self-serve cross-border transfers: the US, the UK, Canada, Switzerland and the EEA.
# https://docs.stripe.com/connect/cross-border-payouts
CONNECT_COUNTRIES = frozenset(
    """
    US GB CA CH AT BE BG HR CY CZ DK EE FI FR DE GR HU IS IE IT LV LI LT LU MT NL NO PL PT RO SK SI
    ES SE
    """.split()  # noqa: SIM905 - a table of codes reads best as words
)


CONNECT_TRANSFER = "connect_transfer"
RAIL_NAMES = (CONNECT_TRANSFER,)


def rail_for(country: str) -> str | None:
    """The payout rail of a country (`connect_transfer`), or None.

    Such an annotator cannot be paid.
    """
    return CONNECT_TRANSFER if country in CONNECT_COUNTRIES else None


def paid_countries() -> frozenset[str]:
    """Every country that has a rail."""
    return CONNECT_COUNTRIES


# Of these Stripe counts whole units (docs.stripe.com/currencies#zero-decimal).
ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905 - as above
)


def major(minor: int, currency: str) -> str:
    """An amount for people: 1234 usd is `$12.34`, 500 jpy is `¥500`.

    Stripe may pay an annotator's bank in a currency that we do not take: 1234 sek is `SEK 12.34`.
    """
    c = CURRENCIES.get(currency)
    exponent = c.exponent if c else 0 if currency in ZERO_DECIMAL else 2
    symbol = c.symbol if c else f"{currency.upper()} "
    sign = "-" if minor < 0 else ""
    return f"{sign}{symbol}{write(abs(minor), exponent)}"


def minor(text: str, currency: str) -> int | None:
    """What a person wrote, in minor units: `1,234.5` usd is 123450; None for what is no amount.

    Commas stand between thousands only, and there are no more decimals than the currency has.
    """
    return read(text, CURRENCIES[currency].exponent)
