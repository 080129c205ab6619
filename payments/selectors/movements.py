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
# By Stripe's time of a transfer and of its reversal, which we may book in the next year. We never
# book one before it is made.
_PAID = """
SELECT currency, extract(month FROM made_at AT TIME ZONE 'UTC')::int,
       count(*) FILTER (WHERE kind = 'payout_done'),
       coalesce(-sum(amount) FILTER (WHERE kind = 'payout_done'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE kind = 'reversal'), 0)::bigint
  FROM (SELECT leg.currency, leg.amount, entry.kind,
               coalesce((entry.data ->> 'made_at')::timestamptz, entry.created_at) AS made_at
          FROM payments_ledgeraccount account
          JOIN payments_ledgerleg leg ON leg.account_id = account.id
          JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
         WHERE account.owner_key = %(owner)s AND entry.created_at >= %(since)s
           AND (entry.kind = 'reversal'
                OR (entry.kind = 'payout_done' AND account.kind = 'annotator_in_transit'))) moved
 WHERE made_at >= %(since)s AND made_at < %(until)s
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
    """What was transferred to an annotator in one month, and what of transfers (of any month) was
    reversed in it; both by Stripe's dates.
    """

    currency: str
    month: int
    payouts: int
    amount_minor: int
    back_minor: int

    @property
    def net_minor(self) -> int:
        """What is theirs of it; negative where more came back than went."""
        return self.amount_minor - self.back_minor


def paid_in_year(annotator_id: uuid.UUID, year: int) -> list[Paid]:
    """For the tax year: transfers and their reversals by the day on which Stripe made them, by
    currency and month (UTC).
    """
    span = whole_year(year)
    with connection.cursor() as cursor:
        named: dict[str, Any] = {
            "owner": f"annotator:{annotator_id}",
            "since": span.since,
            "until": span.until,
        }
        cursor.execute(_PAID, named)
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
