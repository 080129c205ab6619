"""What a month that is over came to: sums of the ledger's legs, so that nobody adds up years again.

Copies only. Every row can be thrown away and is then made anew (`payments.actions.months`); the
audit proves each against the legs.
"""

from django.db import models

from payments.models.ledger import LedgerAccount


class AccountMonth(models.Model):
    """One account in one month (UTC) in which it moved.

    Its legs of that month have ids up to `last_leg`; each leg that is dated later has at least
    `next_leg`. (Ids follow time but for transactions side by side.)
    """

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="months")
    month = models.DateField()
    amount_minor = models.BigIntegerField()
    legs = models.PositiveBigIntegerField()
    last_leg = models.BigIntegerField()
    next_leg = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "month"], name="payments_account_month_once"
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="payments_account_month_first_day"
            ),
            models.CheckConstraint(
                condition=models.Q(legs__gt=0, next_leg__lte=models.F("last_leg") + 1),
                name="payments_account_month_legs",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"account {self.account_id} in {self.month:%Y-%m}"


class BookMonth(models.Model):
    """What entries of one kind did on all accounts of one kind in one month (UTC).

    The newest month here is the last that is summed up: the months before it are too, and one
    without rows had no entries.
    """

    month = models.DateField()
    currency = models.CharField(max_length=3)
    account_kind = models.CharField(max_length=24)
    entry_kind = models.CharField(max_length=32)
    legs = models.PositiveBigIntegerField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "currency", "account_kind", "entry_kind"],
                name="payments_book_month_once",
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="payments_book_month_first_day"
            ),
            models.CheckConstraint(
                condition=models.Q(legs__gt=0, debit_minor__gte=0, credit_minor__gte=0),
                name="payments_book_month_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[a-z]{3}$"),
                name="payments_book_month_currency",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.entry_kind} on {self.account_kind} in {self.month:%Y-%m} ({self.currency})"
