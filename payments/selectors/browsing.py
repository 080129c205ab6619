"""The ledger as staff read it: balances, the legs of an account, entries; page by page.

Pages follow a key (`before`), never an offset, and nothing is counted. What costs more the longer
an account has lived: the sum behind the balances of its legs, and the legs of one rare kind of
entry, for which the whole account may be walked.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from payments.chart import CHART
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg

Row = TypeVar("Row")
PAGE = 50
LONGEST_NUMBER = 18  # digits
# `+ 0` keeps PostgreSQL from walking the primary key to the first hit: the index of days is used.
_SPAN = """
WITH day AS (SELECT min(id + 0) AS first, max(id + 0) AS last FROM payments_ledgerentry
              WHERE created_at >= %(since)s AND created_at < %(until)s)
SELECT day.first, day.last, min(leg.id + 0), max(leg.id + 0)
  FROM day LEFT JOIN payments_ledgerleg leg ON leg.entry_id BETWEEN day.first AND day.last
 GROUP BY 1, 2
"""
FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Balance:
    """All accounts of a kind in a currency, in minor units, credit positive."""

    kind: str
    currency: str
    accounts: int
    minor: int
    only: int | None  # the account, where there is one


@dataclass(frozen=True, slots=True)
class Line:
    """A leg, and what its account held after it (None where the legs are not all shown)."""

    leg: LedgerLeg
    balance_minor: int | None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the key of the next, older ones."""

    rows: Sequence[Row]
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included, UTC; None is open."""

    first: dt.date | None = None
    last: dt.date | None = None

    def entries(self) -> Q:
        """The condition on entries."""
        found = Q()
        if self.first:
            found &= Q(created_at__gte=_midnight(self.first))
        if self.last:
            found &= Q(created_at__lt=_midnight(self.last + dt.timedelta(days=1)))
        return found

    def span(self) -> tuple[int, int, int, int] | None:
        """The first and last entry of these days and their outermost legs; None: nothing moved."""
        until = _midnight(self.last + dt.timedelta(days=1)) if self.last else LAST
        since = _midnight(self.first) if self.first else FIRST
        with connection.cursor() as cursor:
            cursor.execute(_SPAN, {"since": since, "until": until})
            row = cursor.fetchone()
        return row if row and row[2] is not None else None

    def __bool__(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.first or self.last)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def trial() -> list[Balance]:
    """Every kind of account, a currency each, in the order of the chart; two queries."""
    hot = LedgerAccount.objects.filter(tracked=False).annotate(minor=Sum("legs__amount"))
    found = {
        (row.kind, row.currency): Balance(row.kind, row.currency, 1, row.minor or 0, row.pk)
        for row in hot
    }
    grouped = LedgerAccount.objects.filter(tracked=True).values("kind", "currency").order_by()
    for row in grouped.annotate(minor=Sum("balance"), count=Count("pk")):
        key = (row["kind"], row["currency"])
        found[key] = Balance(*key, row["count"], int(row["minor"]), None)
    order = {kind: place for place, kind in enumerate(CHART)}
    return sorted(found.values(), key=lambda one: (one.currency, order[one.kind]))


def pots() -> dict[tuple[str, str], int]:
    """The platform's own accounts, one of each kind and currency."""
    rows = LedgerAccount.objects.filter(tracked=False)
    return {(kind, code): pk for kind, code, pk in rows.values_list("kind", "currency", "pk")}


def of_owner(owner_key: str) -> list[LedgerAccount]:
    """All accounts of one owner, in the order of the chart; by the index of kinds."""
    prefix = owner_key.partition(":")[0]
    kinds = [kind.name for kind in CHART.values() if kind.owner in {prefix, owner_key}]
    rows = LedgerAccount.objects.filter(kind__in=kinds, owner_key=owner_key)
    return sorted(rows, key=lambda row: (row.currency, kinds.index(row.kind)))


def of_kind(kind: str, currency: str, after: str) -> tuple[list[LedgerAccount], str]:
    """Accounts of a kind in a currency by owner, and the owner after whom the next page begins."""
    rows = LedgerAccount.objects.filter(kind=kind, currency=currency, owner_key__gt=after)
    found = list(rows.order_by("owner_key")[: PAGE + 1])
    more = len(found) > PAGE
    return found[:PAGE], found[PAGE - 1].owner_key if more else ""


def account(number: str) -> LedgerAccount | None:
    """The account of that number, as an address has it."""
    return LedgerAccount.objects.filter(pk=number).first() if _is_number(number) else None


def entry(number: str) -> LedgerEntry | None:
    """The entry of that number, with the one that it undoes."""
    found = LedgerEntry.objects.select_related("reverses")
    return found.filter(pk=number).first() if _is_number(number) else None


def _is_number(text: str) -> bool:
    """Digits that PostgreSQL reads too: `²` is one to Python only. At most as long as a bigint."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def undone_by(row: LedgerEntry) -> LedgerEntry | None:
    """The later entry that undoes this one."""
    return LedgerEntry.objects.filter(reverses=row).first()


def balance(account: LedgerAccount) -> int:
    """What an account holds: as kept for a purse, summed for a platform pot."""
    return account.balance if account.tracked else _sum(account.legs.all())


def legs(account: LedgerAccount, *, before: int | None, kind: str, days: Days) -> Page[Line]:
    """Legs of an account, newest first, each with the balance after it.

    The balance is the sum of the legs up to it, not what the account holds now less the newer ones:
    between two such readings a hot account moves. Of some kind of entry only there is no balance:
    the legs between are not shown.
    """
    rows = account.legs.order_by("-id").select_related("entry")
    if days:
        span = days.span()
        if span is None:
            return Page([])
        rows = rows.filter(id__gte=span[2], id__lte=span[3])
        rows = rows.filter(entry_id__gte=span[0], entry_id__lte=span[1])
        rows = rows.filter(entry__in=LedgerEntry.objects.filter(days.entries()))
    if before is not None:
        rows = rows.filter(id__lt=before)
    if kind:
        rows = rows.filter(entry__kind=kind)
    found = list(rows[: PAGE + 1])
    shown, older = found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
    if kind or not shown:
        return Page([Line(leg, None) for leg in shown], older)
    running = _sum(account.legs.filter(id__lte=shown[0].pk))
    lines = []
    for leg in shown:
        lines.append(Line(leg, running))
        running -= leg.amount
    return Page(lines, older)


def _sum(rows: QuerySet[LedgerLeg]) -> int:
    return rows.aggregate(minor=Sum("amount"))["minor"] or 0


def entries(
    *,
    before: int | None,
    kind: str,
    days: Days,
    key: str = "",
    keys: Sequence[str] | None = None,
    on: tuple[str, str] | None = None,
) -> Page[LedgerEntry]:
    """Entries with their legs, newest first: of a kind, of some days, of keys that begin so, of
    these keys, or those that moved accounts of a kind in a currency (`on`).
    """
    rows = LedgerEntry.objects.order_by("-id").prefetch_related("legs__account")
    if days:
        span = days.span()
        if span is None:
            return Page([])
        rows = rows.filter(days.entries(), id__gte=span[0], id__lte=span[1])
    if before is not None:
        rows = rows.filter(id__lt=before)
    if kind:
        rows = rows.filter(kind=kind)
    if key:
        rows = rows.filter(key__startswith=key)
    if keys is not None:
        rows = rows.filter(key__in=keys)
    if on is not None:
        legs_on = LedgerLeg.objects.filter(entry=OuterRef("pk"), account__kind=on[0])
        rows = rows.filter(Exists(legs_on.filter(account__currency=on[1])))
    found = list(rows[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)
