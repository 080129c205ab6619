"""The double-entry ledger. PostgreSQL itself proves every entry and refuses every change.

Amounts are whole minor units, credit positive. A leg's insert moves its account's cached balance;
one statement brings all legs of an entry, which must sum to zero per currency and thereby seal it.
"""

import pgtrigger
from django.db import models

from marketplace.core.expressions import Now
from payments.chart import CHART, PLATFORM, Kind

_FROZEN = """
    RAISE EXCEPTION '% on %: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
"""

_APPLY_LEG = """
    SELECT a.currency, a.tracked INTO cur, tr
      FROM payments_ledgeraccount a WHERE a.id = NEW.account_id;
    IF cur IS DISTINCT FROM NEW.currency THEN
        RAISE EXCEPTION 'a % leg on a % account', NEW.currency, cur USING ERRCODE = '23514';
    END IF;
    NEW.balance_after := NULL;
    IF tr THEN
        UPDATE payments_ledgeraccount SET balance = balance + NEW.amount, version = version + 1
         WHERE id = NEW.account_id RETURNING balance INTO NEW.balance_after;
    END IF;
    RETURN NEW;
"""

_BALANCED = """
    SELECT entry_id, currency, sum(amount) AS off INTO bad FROM added
     GROUP BY entry_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance: % %', bad.entry_id, bad.off, bad.currency
            USING ERRCODE = '23514';
    END IF;
    SELECT l.entry_id INTO bad FROM payments_ledgerleg l
      JOIN (SELECT entry_id, count(*) AS n FROM added GROUP BY entry_id) a USING (entry_id)
     GROUP BY l.entry_id, a.n HAVING count(*) <> a.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is sealed', bad.entry_id USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
"""

_HAS_LEGS = """
    IF NOT EXISTS (SELECT 1 FROM payments_ledgerleg WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no legs', NEW.id USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
"""

_GUARD_ACCOUNT = """
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ledger accounts are never deleted' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF (NEW.balance, NEW.version) <> (0, 0) THEN
            RAISE EXCEPTION 'a ledger account is opened empty' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.balance, NEW.version) IS DISTINCT FROM (OLD.balance, OLD.version)
       AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a balance is moved by legs only' USING ERRCODE = '42501';
    END IF;
    IF (NEW.kind, NEW.owner_key, NEW.currency, NEW.tracked, NEW.min_balance, NEW.max_balance)
       IS DISTINCT FROM
       (OLD.kind, OLD.owner_key, OLD.currency, OLD.tracked, OLD.min_balance, OLD.max_balance) THEN
        RAISE EXCEPTION 'the identity of a ledger account is fixed' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
"""


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


def _refuse(name: str, *, truncate: bool = False) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement if truncate else pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate if truncate else pgtrigger.Update | pgtrigger.Delete,
        func=_FROZEN,
    )


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
        triggers = [
            pgtrigger.Trigger(
                name="guard",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_GUARD_ACCOUNT,
            )
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
        triggers = [
            _refuse("frozen"),
            _refuse("frozen_whole", truncate=True),
            pgtrigger.Trigger(
                name="has_legs",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=_HAS_LEGS,
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.key


class LedgerLeg(models.Model):
    """One side of an entry: credits are positive, debits negative."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="legs")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="legs")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="payments_leg_not_zero")
        ]
        indexes = [models.Index(fields=["account", "id"])]
        triggers = [
            _refuse("frozen"),
            _refuse("frozen_whole", truncate=True),
            pgtrigger.Trigger(
                name="apply",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("cur", "varchar"), ("tr", "boolean")],
                func=_APPLY_LEG,
            ),
            pgtrigger.Trigger(
                name="balanced",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),
                declare=[("bad", "record")],
                func=_BALANCED,
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.amount} {self.currency} on {self.account_id}"
