"""What the business asks of Stripe, in its own words: values that come back, and ways to go wrong.

A failed call means one of four things, and they must never be mixed up (Stripe's documents on
idempotency and low-level errors; measured with stripe-python 16.1):

- `StripeRejected`: the request was executed and refused; nothing happened, and never will
  under this key.
- `StripeUnanswered`: no readable answer, or a server error. It may have worked.
- `StripeNotNow`: 401, 403, 409, 429. Says nothing at all about an earlier try under the same key.
- `StripeKeyMisused`: the key was used for something else: a bug of ours, for a person to look at.
"""

import datetime as dt
from dataclasses import dataclass


class StripeFault(Exception):
    """A call to Stripe that did not end well. `code` is Stripe's or ours, for programs."""

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class StripeRejected(StripeFault):
    """Executed and refused."""


class StripeUnanswered(StripeFault):
    """The outcome is unknown. `replayed`: a 500, which the same key would only repeat."""

    @property
    def replayed(self) -> bool:
        """Whether the same key will give the same error for 24 hours (v1 keeps 500s)."""
        return self.status == 500  # noqa: PLR2004 - the HTTP status


class StripeNotNow(StripeFault):
    """Try again later, under the same key."""

    @property
    def in_flight(self) -> bool:
        """409: another request under this key is being worked on."""
        return self.status == 409  # noqa: PLR2004 - the HTTP status


class StripeKeyMisused(StripeFault):
    """The same idempotency key with other parameters."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted payment page. `mode` is `payment`, or `setup` where a card is only saved.

    `intent_status` is that of its payment, or empty before one is tried.
    """

    id: str
    deposit_id: str
    status: str
    payment_status: str
    payment_intent: str
    intent_status: str
    amount_minor: int
    currency: str
    url: str
    mode: str = "payment"
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money moved to a connected account. `payout_id` is what we wrote into its metadata, `made_at`
    Stripe's time of it."""

    id: str
    amount_minor: int
    currency: str
    destination: str
    transfer_group: str
    payout_id: str
    reversed_minor: int
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class TransferBack:
    """A reversal of a transfer. `reversal_id` is what we wrote into its metadata, `made_at` is
    Stripe's time of it."""

    id: str
    transfer: str
    amount_minor: int
    currency: str
    reversal_id: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DisputedMove:
    """One balance transaction of a dispute: `amount` is negative when it takes money."""

    id: str
    amount: int
    fee: int


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """A dispute as last read; `status` in Stripe's words (`warning_...` is an inquiry)."""

    id: str
    status: str
    reason: str
    amount_minor: int
    currency: str
    payment_intent: str
    due_at: dt.datetime | None
    moves: tuple[DisputedMove, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account as last read.

    `transfers` is the capability's status, in Stripe's words; `requirements` what it still wants,
    the first of it until `due`.
    """

    id: str
    transfers: str
    requirements: tuple[str, ...]
    closed: bool
    due: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ToBank:
    """A payout of a connected account to its bank. `failure` is Stripe's sentence, or empty."""

    id: str
    amount_minor: int
    currency: str
    status: str
    arrives_on: dt.date
    made_at: dt.datetime
    failure_code: str
    failure: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One balance transaction: `amount` = `net` + `fee`, signed, in minor units."""

    id: str
    kind: str
    amount: int
    fee: int
    net: int
    currency: str
    source: str
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class Cash:
    """Our own balance at Stripe in one currency, minor units."""

    currency: str
    available_minor: int
    pending_minor: int
