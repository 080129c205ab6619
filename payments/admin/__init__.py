"""Staff's view of the money: to read; runs and what is held are acted upon, goodwill is paid."""

from payments.admin import accounts, goodwill, ledger, money_in, payouts, runs

__all__ = ["accounts", "goodwill", "ledger", "money_in", "payouts", "runs"]
