"""The door's rules for money that is to be charged: which currencies, how little, how much."""

from marketplace.core.errors import Fault, invalid
from payments.currencies import BANK_TRANSFERS, CURRENCIES, MAXIMUM_CHARGE_MINOR, major


def check_currency(currency: str) -> None:
    """Refuse (422) a currency without an account: those of three decimals among others."""
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        fault = Fault("/currency", f"The currencies are {known}.")
        raise invalid("This currency is not taken.", [fault])


def check_amount(
    amount_minor: int, currency: str, *, pointer: str = "/amount_minor", least: int | None = None
) -> None:
    """Refuse (422) amounts outside what Stripe charges in this currency."""
    if least is None:
        least = CURRENCIES[currency].minimum_charge_minor
    if not least <= amount_minor <= MAXIMUM_CHARGE_MINOR:
        bounds = f"{major(least, currency)} to {major(MAXIMUM_CHARGE_MINOR, currency)}"
        raise invalid("This amount cannot be charged.", [Fault(pointer, f"It is {bounds}.")])


def check_bank_transfer(currency: str) -> None:
    """Refuse (422) a currency in which Stripe takes no bank transfers."""
    if currency not in BANK_TRANSFERS:
        known = ", ".join(sorted(BANK_TRANSFERS))
        fault = Fault("/method", f"Bank transfers are possible in {known}; pay by card instead.")
        raise invalid("This currency cannot be paid by bank transfer.", [fault])
