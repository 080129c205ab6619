"""Staff's view of the money: to read; only a frozen payout can be acted upon."""

from payments.admin import ledger, money_in, payouts

__all__ = ["ledger", "money_in", "payouts"]
