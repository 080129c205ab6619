"""Who may become what in `payments`, as data."""

from django.db import models


class DepositState(models.TextChoices):
    """A client's money on its way in. `paid` is final: a refund is a movement of its own."""

    CREATED = "created"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


DEPOSIT_MOVES = {
    "created": frozenset({"open", "paid", "failed"}),
    "open": frozenset({"paid", "failed", "expired"}),
    "failed": frozenset({"paid"}),
    "expired": frozenset({"paid"}),
}


class ReservationState(models.TextChoices):
    """Money promised to one assignment or review."""

    HELD = "held"
    SPENT = "spent"
    RELEASED = "released"


RESERVATION_MOVES = {"held": frozenset({"spent", "released"})}


class EarningState(models.TextChoices):
    """An annotator's money for one accepted submission or one review."""

    PENDING = "pending"
    PAYABLE = "payable"
    IN_TRANSIT = "in_transit"
    PAID = "paid"


EARNING_MOVES = {
    "pending": frozenset({"payable"}),
    "payable": frozenset({"in_transit"}),
    "in_transit": frozenset({"paid", "payable"}),
}


class PayoutState(models.TextChoices):
    """The payout row is the outbox of the transfer. `unknown`: the call's outcome is not known."""

    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    FROZEN = "frozen"


PAYOUT_MOVES = {
    "ready": frozenset({"sending", "sent", "frozen"}),
    "sending": frozenset({"sending", "sent", "unknown", "ready", "failed", "frozen"}),
    "unknown": frozenset({"sending", "sent", "frozen"}),
    "frozen": frozenset({"unknown", "sent"}),
}


class EventState(models.TextChoices):
    """A Stripe event as stored, and what became of it."""

    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"


EVENT_MOVES = {"received": frozenset({"applied", "ignored"})}
