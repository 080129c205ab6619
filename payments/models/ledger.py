"""The double-entry ledger. PostgreSQL itself proves every entry and refuses every change.

Amounts are whole minor units, credit positive. One statement brings all legs of an entry; its
trigger proves that they sum to zero per currency, seals the entry and moves the cached balances.
The triggers are plain SQL (migration 0006), without a switch that a session could turn off.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from marketplace.core.expressions import Now
from payments.chart import CHART, PLATFORM, Kind


def _charted(kind: Kind) -> models.Q:
    """The one shape an account of this kind may have."""
    owner = (
        models.Q(owner_key=PLATFORM)
        if kind.owner == PLATFORM
        else models.Q(owner_key__startswith=f"{kind.owner}:")
    )
    return (
        models.Q(kind=kind.name, tracked=kind.tracked)
        & owner
        & _bound("min_balance", kind.least)
        & _bound("max_balance", kind.most)
    )


def _bound(name: str, value: int | None) -> models.Q:
    """The column is this and not NULL: a check that comes out NULL would let the row pass."""
    null = models.Q(**{f"{name}__isnull": value is None})
    return null if value is None else null & models.Q(**{name: value})


def _chart() -> models.Q:
    """Any of the kinds of the chart; a change of the chart needs a migration."""
    any_kind = models.Q()
    for kind in CHART.values():
        any_kind |= _charted(kind)
    return any_kind


class LedgerAccount(models.Model):
    """A pot. `min_balance` 0 means never overdrawn, `max_balance` 0 mirrors that for debts.

    `tracked` is false for hot platform pots: they are insert-only and their balance is summed, so
    that accepts do not queue for one row.
    """

    kind = models.CharField(max_length=24)
    owner_key = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    min_balance = models.BigIntegerField(null=True)
    max_balance = models.BigIntegerField(null=True)
    tracked = models.BooleanField(default=True)
    balance = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["owner_key"], name="payments_account_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner_key", "currency"], name="payments_account_once"
            ),
            models.CheckConstraint(condition=_chart(), name="payments_account_charted"),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[a-z]{3}$"), name="payments_account_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(min_balance__isnull=True)
                | models.Q(balance__gte=models.F("min_balance")),
                name="payments_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=models.Q(max_balance__isnull=True)
                | models.Q(balance__lte=models.F("max_balance")),
                name="payments_not_overfull",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} of {self.owner_key} ({self.currency})"


class LedgerEntry(models.Model):
    """One balanced movement.

    `key` names the business fact, so that the same fact is never booked twice.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=32)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "ledger entries"
        # Entries come in the order of time: a few blocks hold a day, at almost no cost of writing.
        indexes = [BrinIndex(fields=["created_at"], autosummarize=True, name="payments_entry_day")]

    def __str__(self) -> str:
        """For people."""
        return self.key


class LedgerLeg(models.Model):
    """One side of an entry: credits are positive, debits negative."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="legs")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="legs")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="payments_leg_not_zero")
        ]
        indexes = [models.Index(fields=["account", "id"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.amount} {self.currency} on {self.account_id}"
