"""The staff's view of money: every pot, entry and payout to read; nothing is changed by hand."""

from payments.admin import ledger, movements, payouts

__all__ = ["ledger", "movements", "payouts"]
