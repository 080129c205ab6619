"""A client's month from the ledger alone: what its money did, to the cent.

A client's money is its prepaid pot and the pots of the projects that it gave money to. What moves
between them (given to a project, set aside for a claim, given back) cancels out.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from payments.chart import pot as owner
from payments.models import LedgerLeg
from payments.selectors import legs, movements
from payments.selectors.movements import Span

SPEND = "accept"  # the kind of entry by which money is spent on work
INSIDE = ("reserve", "release")  # move money between the pots of one project: never looked at
_OWN = f"""
WITH own AS MATERIALIZED (
    SELECT leg.entry_id, leg.currency, sum(leg.amount)::bigint AS amount,
           max(account.owner_key) FILTER (WHERE account.owner_key <> %(org)s) AS pot,
           count(DISTINCT account.owner_key) AS owners
      FROM {legs.MOVED}
     WHERE (entry.kind = ANY(%(kinds)s)) = %(among)s
     GROUP BY leg.entry_id, leg.currency HAVING sum(leg.amount) <> 0
)
"""
# Pay and fee are the other legs of the same entry; only the kind of work is the earning's word.
_SPENT = f"""{_OWN}
SELECT own.currency, own.pot, to_char(entry.created_at AT TIME ZONE 'UTC', 'IYYY-"W"IW'),
       coalesce(earning.kind, ''), count(*), sum(part.pay)::bigint, sum(part.fee)::bigint
  FROM own
  JOIN payments_ledgerentry entry ON entry.id = own.entry_id
  JOIN LATERAL (
      SELECT coalesce(sum(leg.amount) FILTER (WHERE other.kind <> 'platform_fee'), 0) AS pay,
             coalesce(sum(leg.amount) FILTER (WHERE other.kind = 'platform_fee'), 0) AS fee
        FROM payments_ledgerleg leg JOIN payments_ledgeraccount other ON other.id = leg.account_id
       WHERE leg.entry_id = own.entry_id AND leg.currency = own.currency
         AND NOT other.owner_key = ANY(%(owners)s)
  ) part ON true
  LEFT JOIN payments_earning earning ON earning.source = substr(entry.key, length('accept:') + 1)
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_LINES = f"""{_OWN}
SELECT own.currency, entry.created_at, entry.kind, entry.key,
       CASE WHEN own.owners = 1 THEN own.pot END, own.amount,
       coalesce(deposit.method, ''), coalesce(deposit.invoice, ''),
       coalesce(deposit.invoice_number, ''),
       CASE WHEN entry.kind LIKE 'refund%%' THEN coalesce(entry.data ->> 'refund', '') ELSE '' END
  FROM own
  JOIN payments_ledgerentry entry ON entry.id = own.entry_id
  LEFT JOIN payments_deposit deposit
         ON entry.kind = 'fund' AND deposit.id = (entry.data ->> 'deposit')::uuid
 ORDER BY own.currency, entry.id
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one project's accepted work of one kind cost in one ISO week (`2026-W48`).

    A week that two months share is in both, each with its own days.
    """

    pot: str
    week: str
    kind: str
    items: int
    pay_minor: int
    fee_minor: int

    @property
    def amount_minor(self) -> int:
        """Pay and fee."""
        return self.pay_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Line:
    """Any other entry: positive brought money, negative took it.

    `pot` is the one project that it touched, or None. `method`, `invoice` and `invoice_number`
    (printed on it) are of deposits;
    `refund` is the client's refund, the same where a part of it failed.
    """

    at: dt.datetime
    kind: str
    key: str
    pot: str | None
    amount_minor: int
    method: str = ""
    invoice: str = ""
    invoice_number: str = ""
    refund: str = ""

    @property
    def reference(self) -> str:
        """By which both sides find it: number or id of the invoice, id of the payment, or ours."""
        return self.invoice_number or self.invoice or self.refund or self.key.split(":")[1]


@dataclass(frozen=True, slots=True)
class Month:
    """One currency: opening + lines - spend = closing, minor units."""

    currency: str
    opening_minor: int
    lines: Sequence[Line]
    spent: Sequence[Spent]

    @property
    def pay_minor(self) -> int:
        """What experts got, kill fees too."""
        return sum(one.pay_minor for one in self.spent)

    @property
    def fee_minor(self) -> int:
        """What the platform got."""
        return sum(one.fee_minor for one in self.spent)

    @property
    def closing_minor(self) -> int:
        """What the client has at the end: prepaid, free in projects, and set aside for claims."""
        moved = sum(one.amount_minor for one in self.lines)
        return self.opening_minor + moved - self.pay_minor - self.fee_minor

    def by_kind(self) -> dict[str, int]:
        """The lines summed by kind of entry, in the order in which they first came."""
        sums: dict[str, int] = {}
        for one in self.lines:
            sums[one.kind] = sums.get(one.kind, 0) + one.amount_minor
        return sums


def owners(organization_id: uuid.UUID) -> list[str]:
    """The keys of a client's pots: its own, and of each project that it ever gave money to."""
    whose = owner("org", organization_id)
    given = LedgerLeg.objects.filter(
        account__kind="client_prepaid", account__owner_key=whose, entry__kind="allocate"
    ).values("entry")
    pots = LedgerLeg.objects.filter(entry__in=given, account__kind="project_funds")
    return [whose, *sorted(set(pots.values_list("account__owner_key", flat=True)))]


def months(organization_id: uuid.UUID) -> list[dt.date]:
    """The first day of each month in which anything moved, newest first."""
    found = movements.months(owners(organization_id))
    return [dt.date(year, number, 1) for year, number in found]


def of(organization_id: uuid.UUID, span: Span) -> list[Month]:
    """The statement of a span, by currency; only those in which there was money or it moved."""
    keys = owners(organization_id)
    named = {"org": keys[0], "owners": keys, "since": span.since, "until": span.until}
    stood = legs.stood(keys, span.since)
    spent: dict[str, list[Spent]] = defaultdict(list)
    lines: dict[str, list[Line]] = defaultdict(list)
    for currency, *parts in _rows(_SPENT, {**named, "kinds": [SPEND], "among": True}):
        spent[currency].append(Spent(*parts))
    for currency, *parts in _rows(_LINES, {**named, "kinds": [SPEND, *INSIDE], "among": False}):
        lines[currency].append(Line(*parts))
    currencies = sorted({*(code for code, minor in stood.items() if minor), *spent, *lines})
    return [Month(code, stood.get(code, 0), lines[code], spent[code]) for code in currencies]


def _rows(sql: str, named: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, named)
        return list(cursor.fetchall())
