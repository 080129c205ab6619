"""Staff's view of the money: to read; runs, frozen payouts, clawbacks and the like to act upon."""

from payments.admin import (
    accounts,
    differences,
    disputes,
    goodwill,
    hand_bookings,
    hold_contests,
    ledger,
    money_in,
    payouts,
    refunds,
    runs,
    self_billing,
    taken_back,
)

__all__ = [
    "accounts",
    "differences",
    "disputes",
    "goodwill",
    "hand_bookings",
    "hold_contests",
    "ledger",
    "money_in",
    "payouts",
    "refunds",
    "runs",
    "self_billing",
    "taken_back",
]
