"""Cards that a client saves at Stripe; we keep their last four digits and Stripe's id only."""

import uuid

from payments.stripe.client import call
from payments.stripe.money_in import Card

MOST = 100


def open_setup(*, organization_id: uuid.UUID, customer: str, return_url: str) -> str:
    """The address of Stripe's page on which a card is saved and nothing is charged."""
    made = call(
        lambda client: client.v1.checkout.sessions.create(
            {
                "mode": "setup",
                "currency": "usd",
                "customer": customer,
                "success_url": return_url,
                "cancel_url": return_url,
                "metadata": {"organization": str(organization_id)},
            }
        )
    )
    return made.url or ""


def saved(customer: str) -> list[Card]:
    """The customer's cards, newest first."""
    page = call(
        lambda client: client.v1.customers.payment_methods.list(
            customer, {"type": "card", "limit": MOST}
        )
    )
    return [
        Card(row.id, row.card.brand, row.card.last4, row.card.exp_month, row.card.exp_year)
        for row in page.data
        if row.card
    ]


def remove(card: str) -> None:
    """Take a card off its customer; it cannot be charged again."""
    call(lambda client: client.v1.payment_methods.detach(card))
