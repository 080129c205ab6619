"""What the business learns of money on its way in: invoices, charges, saved cards."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill to a client. `paid` are its payments that arrived: (PaymentIntent, minor units).

    `number` is what is printed on it. Paid by hand outside Stripe it has the status `paid` and no
    payment.
    """

    id: str
    deposit_id: str
    customer: str
    status: str
    amount_minor: int
    currency: str
    url: str
    number: str
    due_at: dt.datetime | None
    paid: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """One payment, by a saved card or from a client's cash balance. `failure` is for people."""

    id: str
    deposit_id: str
    status: str
    amount_minor: int
    currency: str
    failure: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card that a client has saved; `id` is Stripe's payment method."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
