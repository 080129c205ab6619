"""Staff's view of the money: to read; only runs and what is held or frozen can be acted upon."""

from payments.admin import accounts, ledger, money_in, payouts, runs

__all__ = ["accounts", "ledger", "money_in", "payouts", "runs"]
