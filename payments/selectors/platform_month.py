"""The platform's month from the ledger alone: what it earned, spent, owes and holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from payments.chart import CHART, PLATFORM
from payments.selectors import legs
from payments.selectors.movements import Span

INCOME = ("platform_fee",)
COSTS = ("stripe_fees", "platform_cost", "platform_loss")
# Purses hold what is owed to others; a debt is owed to us, so it stands with what we hold.
OWED = tuple(
    kind.name for kind in CHART.values() if kind.owner != PLATFORM and kind.most is None
)  # fmt: skip
HELD = tuple(kind for kind in CHART if kind not in (*INCOME, *COSTS, *OWED))
# A row for each kind of account, currency and kind of entry: months that are summed up, then legs.
_SUMS = """
SELECT currency, account, entry,
       coalesce(sum(legs) FILTER (WHERE at >= %(since)s), 0)::bigint,
       coalesce(sum(credit - debit) FILTER (WHERE at < %(since)s), 0)::bigint,
       coalesce(sum(debit) FILTER (WHERE at >= %(since)s), 0)::bigint,
       coalesce(sum(credit) FILTER (WHERE at >= %(since)s), 0)::bigint
  FROM (
    SELECT currency, account_kind AS account, entry_kind AS entry,
           month::timestamp AT TIME ZONE 'UTC' AS at,
           legs, debit_minor AS debit, credit_minor AS credit
      FROM payments_bookmonth WHERE month < %(summed)s AT TIME ZONE 'UTC'
    UNION ALL
    SELECT leg.currency, account.kind, entry.kind, entry.created_at,
           1, greatest(-leg.amount, 0), greatest(leg.amount, 0)
      FROM payments_ledgerentry entry
      JOIN payments_ledgerleg leg ON leg.entry_id = entry.id
      JOIN payments_ledgeraccount account ON account.id = leg.account_id
     WHERE entry.created_at >= %(summed)s AND entry.created_at < %(until)s
  ) part
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What entries of one kind did on accounts of one kind; minor units, credit positive."""

    account: str
    entry: str
    legs: int
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def moved_minor(self) -> int:
        """What the month brought (positive) or took."""
        return self.credit_minor - self.debit_minor

    @property
    def closing_minor(self) -> int:
        """What stands at the month's end."""
        return self.opening_minor + self.moved_minor


@dataclass(frozen=True, slots=True)
class Month:
    """One currency. Credits are positive: what is owed, and what was earned."""

    currency: str
    parts: Sequence[Part]

    def of(self, kinds: Sequence[str]) -> list[Part]:
        """What moved in the month on these accounts, by kind of entry."""
        order = {kind: place for place, kind in enumerate(kinds)}
        found = [one for one in self.parts if one.account in order and one.legs]
        return sorted(found, key=lambda one: (order[one.account], one.entry))

    def lines(self, kinds: Sequence[str]) -> list[Part]:
        """These accounts, all kinds of entries together; only what was ever used."""
        found = []
        for kind in kinds:
            own = [one for one in self.parts if one.account == kind]
            if own:
                found.append(_together(kind, own))
        return found

    def all(self, kinds: Sequence[str]) -> Part:
        """The sum of these accounts."""
        return _together("", [one for one in self.parts if one.account in kinds])

    @property
    def result_minor(self) -> int:
        """Fees less costs of the month."""
        return self.all((*INCOME, *COSTS)).moved_minor


def _together(kind: str, parts: Sequence[Part]) -> Part:
    def add(of: Callable[[Part], int]) -> int:
        return sum(of(one) for one in parts)

    return Part(
        kind,
        "",
        add(lambda one: one.legs),
        add(lambda one: one.opening_minor),
        add(lambda one: one.debit_minor),
        add(lambda one: one.credit_minor),
    )


def of(span: Span) -> list[Month]:
    """The books of a span that begins with a month, a currency each; always two queries."""
    summed = legs.summed_until(span.until)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"since": span.since, "until": span.until, "summed": summed})
        rows = cursor.fetchall()
    found: dict[str, list[Part]] = {}
    for currency, *row in rows:
        found.setdefault(currency, []).append(Part(*row))
    return [Month(currency, parts) for currency, parts in found.items()]
