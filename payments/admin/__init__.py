"""Staff's view of the money: to read; payout runs and frozen payouts can be acted upon."""

from payments.admin import ledger, money_in, payouts, runs

__all__ = ["ledger", "money_in", "payouts", "runs"]
