"""Test cards: Stripe's published numbers and payment methods, and what each does."""

from dataclasses import dataclass
from typing import Final

from payments.devstripe.constants import Json


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is the bank's reason; `instant` money is available at once.

    `keeps`: it can be saved although it is declined; `asks`: its bank wants its owner to be there.
    """

    number: str
    method: str
    label: str
    brand: str = "visa"
    decline: str | None = None
    instant: bool = False
    keeps: bool = False
    asks: bool = False

    def details(self) -> Json:
        """What a charge tells of the card."""
        return {
            "card": {
                "brand": self.brand,
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "funding": "credit",
                "last4": self.number[-4:],
            },
            "type": "card",
        }


CARDS: Final = (
    Card("4242424242424242", "pm_card_visa", "Pays; the money settles in two days"),
    Card("5555555555554444", "pm_card_mastercard", "Pays with a Mastercard", brand="mastercard"),
    Card(
        "4000000000000077",
        "pm_card_bypassPending",
        "Pays; the money is available at once",
        instant=True,
    ),
    Card(
        "4000000000000002",
        "pm_card_chargeDeclined",
        "Is declined by the bank",
        decline="generic_decline",
    ),
    Card(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "Is declined for lack of funds",
        decline="insufficient_funds",
    ),
    Card(
        "4000000000000341",
        "pm_card_chargeCustomerFail",
        "Can be saved; is declined when it is charged",
        decline="generic_decline",
        keeps=True,
    ),
    Card(
        "4000002760003184",
        "pm_card_authenticationRequired",
        "Pays here; a later charge without its owner is refused",
        asks=True,
    ),
)
"""Numbers and names: docs.stripe.com/testing#cards and #declined-payments."""

NOT_A_TEST_CARD: Final = Card("", "", "", decline="test_mode_live_card")
MESSAGES: Final = {
    "generic_decline": "Your card was declined.",
    "authentication_required": (
        "Your card was declined. This transaction requires authentication."
    ),
    "insufficient_funds": "Your card has insufficient funds.",
    "test_mode_live_card": (
        "Your card was declined. Your request was in test mode, but used a non test card. For a "
        "list of valid test cards, visit: https://stripe.com/docs/testing."
    ),
}


def by_number(number: str) -> Card:
    """The card of a number, spaces ignored; any other number is declined as not a test card."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return next((card for card in CARDS if card.number == digits), NOT_A_TEST_CARD)


def by_method(method: str) -> Card | None:
    """The card behind a payment method's name, if there is one."""
    return next((card for card in CARDS if card.method == method), None)
