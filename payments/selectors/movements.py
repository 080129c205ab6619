"""Statements of any owner, from the ledger alone: what was there, came, went, and is left."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from marketplace.core import clock
from marketplace.core.errors import NotFound
from payments.selectors import legs

# Movements between an owner's own pots (a hold that ends, a payout that begins) cancel out: what is
# left of an entry is what the owner got or gave.
_MOVED = f"""
SELECT entry.kind, leg.currency, count(DISTINCT entry.id), sum(leg.amount)::bigint
  FROM {legs.MOVED}
 GROUP BY entry.kind, leg.currency HAVING sum(leg.amount) <> 0
 ORDER BY leg.currency, entry.kind
"""
_PAID = """
SELECT leg.currency, extract(month FROM entry.created_at AT TIME ZONE 'UTC')::int,
       count(*), -sum(leg.amount)::bigint
  FROM payments_ledgeraccount account
  JOIN payments_ledgerleg leg ON leg.account_id = account.id
  JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
 WHERE account.owner_key = %s AND account.kind = 'annotator_in_transit'
   AND entry.kind = 'payout_done' AND entry.created_at >= %s AND entry.created_at < %s
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_YEARS = f"""
SELECT DISTINCT extract(year FROM month)::int, extract(month FROM month)::int FROM (
    SELECT summed.month
      FROM payments_ledgeraccount account
      JOIN payments_accountmonth summed ON summed.account_id = account.id
     WHERE account.owner_key = ANY(%(owners)s)
    UNION ALL
    SELECT (entry.created_at AT TIME ZONE 'UTC')::date FROM {legs.MOVED}
) moved ORDER BY 1 DESC, 2 DESC
"""
_TRIAL = """
SELECT kind, currency, sum(legs)::bigint, sum(debit)::bigint, sum(credit)::bigint FROM (
    SELECT account_kind AS kind, currency, legs, debit_minor AS debit, credit_minor AS credit
      FROM payments_bookmonth WHERE month < %(since)s AT TIME ZONE 'UTC'
    UNION ALL
    SELECT account.kind, leg.currency, 1, greatest(-leg.amount, 0), greatest(leg.amount, 0)
      FROM payments_ledgerentry entry
      JOIN payments_ledgerleg leg ON leg.entry_id = entry.id
      JOIN payments_ledgeraccount account ON account.id = leg.account_id
     WHERE entry.created_at >= %(since)s AND entry.created_at < %(until)s
) part
 GROUP BY kind, currency ORDER BY currency, kind
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` (included) to `until` (not), UTC."""

    since: dt.datetime
    until: dt.datetime


def month(year: int, number: int) -> Span:
    """A calendar month, UTC."""
    first = dt.datetime(year, number, 1, tzinfo=dt.UTC)
    return Span(first, (first + dt.timedelta(days=32)).replace(day=1))


def asked_month(year: int, number: int) -> Span:
    """A month that somebody asks a statement of; refuses what is none, or is still to come."""
    now = clock.now()
    first = (2000, 1)
    if not (1 <= number <= 12 and first <= (year, number) <= (now.year, now.month)):  # noqa: PLR2004
        raise NotFound("statement")
    return month(year, number)


def whole_year(year: int) -> Span:
    """A calendar year, UTC."""
    return Span(dt.datetime(year, 1, 1, tzinfo=dt.UTC), dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC))


@dataclass(frozen=True, slots=True)
class Moved:
    """What entries of one kind brought (positive) or took in a span; minor units."""

    kind: str
    entries: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Account:
    """One owner's money in one currency: opening + sum of what moved = closing."""

    currency: str
    opening_minor: int
    moved: Sequence[Moved]

    @property
    def closing_minor(self) -> int:
        """What is left at the end of the span."""
        return self.opening_minor + sum(one.amount_minor for one in self.moved)


def accounts(owners: Collection[str], span: Span) -> list[Account]:
    """The statement of one owner (all its keys), a currency each; only what was there or moved."""
    keys = list(owners)
    before = legs.stood(keys, span.since)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"owners": keys, "since": span.since, "until": span.until})
        rows = cursor.fetchall()
    currencies = sorted({*(code for code, minor in before.items() if minor), *(r[1] for r in rows)})
    return [
        Account(
            code,
            before.get(code, 0),
            [Moved(kind, count, minor) for kind, own, count, minor in rows if own == code],
        )
        for code in currencies
    ]


@dataclass(frozen=True, slots=True)
class Paid:
    """What was transferred to an annotator in one month, by the date of the transfer."""

    currency: str
    month: int
    payouts: int
    amount_minor: int


def paid_in_year(annotator_id: uuid.UUID, year: int) -> list[Paid]:
    """For the tax year: transfers by the day on which they were made, by currency and month."""
    span = whole_year(year)
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [f"annotator:{annotator_id}", span.since, span.until])
        return [Paid(*row) for row in cursor.fetchall()]


def months(owners: Collection[str]) -> list[tuple[int, int]]:
    """(year, month) in which anything moved, newest first."""
    now = clock.now()
    named: dict[str, Any] = {"owners": list(owners), "since": legs.summed_until(now), "until": now}
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, named)
        return [(year, number) for year, number in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Trial:
    """One line of the trial balance: all debits and credits of a kind of account."""

    kind: str
    currency: str
    legs: int
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Credit positive."""
        return self.credit_minor - self.debit_minor


def trial_balance(until: dt.datetime) -> list[Trial]:
    """Every kind of account before that moment; debits and credits of a currency are equal."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL, {"since": legs.summed_until(until), "until": until})
        return [Trial(*row) for row in cursor.fetchall()]
