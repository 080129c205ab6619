"""The one way money moves inside: `post()`, for any number of entries, in two statements.

PostgreSQL proves each entry (models/ledger.py); this module opens accounts, takes their locks in
one order, and tells a replay from a contradiction.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction

from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from payments.chart import CHART
from payments.currencies import CURRENCIES

Leg = tuple[str, str, int]  # account kind, owner's key, amount in minor units (credit positive)
Name = tuple[str, str, str]  # account kind, owner's key, currency

_LOCK = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (kind, owner_key, currency)
),
held AS MATERIALIZED (
    SELECT a.id, a.kind, a.owner_key, a.currency, a.balance, a.min_balance, a.max_balance
      FROM payments_ledgeraccount a JOIN wanted USING (kind, owner_key, currency)
     WHERE a.tracked ORDER BY a.id FOR NO KEY UPDATE OF a
)
SELECT * FROM held UNION ALL
SELECT a.id, a.kind, a.owner_key, a.currency, NULL, NULL, NULL
  FROM payments_ledgeraccount a JOIN wanted USING (kind, owner_key, currency) WHERE NOT a.tracked
"""
_OPEN = """
INSERT INTO payments_ledgeraccount
    (kind, owner_key, currency, min_balance, max_balance, tracked, balance, version)
SELECT kind, owner_key, currency, least, most, tracked, 0, 0
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[])
    AS w (kind, owner_key, currency, least, most, tracked)
 ORDER BY kind, owner_key, currency ON CONFLICT DO NOTHING
"""
_BOOKED = """
SELECT e.key, e.kind, a.kind, a.owner_key, l.amount, l.currency
  FROM payments_ledgerentry e
  JOIN payments_ledgerleg l ON l.entry_id = e.id
  JOIN payments_ledgeraccount a ON a.id = l.account_id
 WHERE e.key = ANY(%s::text[])
"""
# One statement brings entries and legs: the trigger then proves and seals each entry. Legs keep
# the order in which the postings were given, so that an earlier entry may fund a later one. Nothing
# is booked when one of the keys is known: then it is looked at first.
_INSERT = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::jsonb[], %s::text[]) WITH ORDINALITY
        AS e (key, kind, data, reverses, place)
), entry AS (
    INSERT INTO payments_ledgerentry (key, kind, data, reverses_id)
    SELECT key, kind, data, CASE WHEN reverses IS NOT NULL THEN
           (SELECT was.id FROM payments_ledgerentry was WHERE was.key = asked.reverses) END
      FROM asked
     WHERE NOT EXISTS (SELECT FROM asked known JOIN payments_ledgerentry was USING (key))
     ORDER BY place ON CONFLICT (key) DO NOTHING RETURNING id, key
), leg AS (
    INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount)
    SELECT entry.id, l.account_id, l.currency, l.amount
      FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[]) WITH ORDINALITY
        AS l (key, account_id, currency, amount, place)
      JOIN entry USING (key) ORDER BY l.place
)
SELECT key FROM entry
"""


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement: `key` names the business fact, `legs` sum to zero, all in one currency.

    `reverses` is the key of the earlier entry that this one undoes.
    """

    key: str
    kind: str
    legs: Sequence[Leg]
    currency: str
    data: dict[str, Any] = field(default_factory=dict)
    reverses: str | None = None

    def __post_init__(self) -> None:
        """A wrong posting is a bug in the caller, not bad input."""
        if self.currency not in CURRENCIES:
            raise ValueError(f"No account is kept in {self.currency!r}.")
        amounts = [amount for _, _, amount in self.legs]
        if not amounts or 0 in amounts or sum(amounts) != 0:
            raise ValueError(f"The legs of {self.key} do not balance: {amounts}.")
        if any(type(amount) is not int for amount in amounts):
            raise TypeError("Money is counted in whole minor units.")
        for kind, owner, _ in self.legs:
            if kind not in CHART or not owner.startswith(CHART[kind].owner):
                raise ValueError(f"The chart has no account {kind} of {owner}.")

    def content(self) -> Counter[tuple[str, ...]]:
        """What a replay of the key must match."""
        rows = [(self.kind, *map(str, leg), self.currency) for leg in self.legs]
        return Counter(rows)

    def names(self) -> list[Name]:
        """The accounts touched."""
        return [(kind, owner, self.currency) for kind, owner, _ in self.legs]


@dataclass(slots=True)
class _Account:
    """An account's id, and for a purse its balance (None where it is not tracked) and bounds."""

    id: int
    balance: int | None
    least: int | None
    most: int | None

    def allows(self, moved: int) -> bool:
        """Whether the balance stays within its bounds when `moved` is added."""
        if self.balance is None:
            return True
        low = self.least is not None and self.balance + moved < self.least
        high = self.most is not None and self.balance + moved > self.most
        return not (low or high)


def post(entries: Sequence[Posting], *, by: Actor) -> int:
    """Book entries in the caller's transaction; returns how many were new.

    A key that is already booked with the same legs does nothing; with other legs it is refused
    (`key_reused`). Refuses `funds_short` when a purse would be overdrawn: then nothing is booked.
    Locks the tracked accounts of all entries at once, in id order, so call it once in a
    transaction, after every other lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Money moves in the transaction of its cause.")
    wanted = _once(entries)
    if not wanted:
        return 0
    accounts = _hold(sorted({name for posting in wanted for name in posting.names()}))
    return _book(wanted, accounts, by)


def _book(wanted: Sequence[Posting], accounts: dict[Name, _Account], by: Actor) -> int:
    """Book as if all were new; what is known already is only looked for when that did not go: a
    replay costs a statement more, and may find the purse empty.
    """
    booked = _insert(wanted, accounts, by) if _affordable(wanted, accounts) else set()
    if len(booked) == len(wanted):
        return len(booked)
    if booked:  # another transaction booked the others meanwhile
        _refuse_others([posting for posting in wanted if posting.key not in booked])
        return len(booked)
    new = _unbooked(wanted)
    if len(new) == len(wanted):
        raise _short()
    return _book(new, accounts, by) if new else 0


def _once(entries: Sequence[Posting]) -> list[Posting]:
    """The postings by key; the same key twice must mean the same."""
    by_key: dict[str, Posting] = {}
    for posting in entries:
        known = by_key.setdefault(posting.key, posting)
        if known.content() != posting.content():
            raise _reused(posting.key)
    return list(by_key.values())


def _reused(key: str) -> Refused:
    return Refused("key_reused", f"The movement {key} is already booked with other amounts.")


def _hold(names: Sequence[Name]) -> dict[Name, _Account]:
    """Lock the purses among the accounts, in id order; open those that are missing."""
    found = _lock(names)
    missing = [name for name in names if name not in found]
    if missing:
        with connection.cursor() as cursor:
            kinds = [CHART[kind] for kind, _, _ in missing]
            bounds = ([k.least for k in kinds], [k.most for k in kinds], [k.tracked for k in kinds])
            cursor.execute(_OPEN, [*_columns(missing), *bounds])
        found = _lock(names)
    return found


def _lock(names: Sequence[Name]) -> dict[Name, _Account]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, _columns(names))
        return {(row[1], row[2], row[3]): _Account(row[0], *row[4:7]) for row in cursor.fetchall()}


def _columns(names: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as columns, as `unnest` wants them."""
    return [list(column) for column in zip(*names, strict=True)]


def _unbooked(wanted: Sequence[Posting]) -> list[Posting]:
    """Those whose key is new; refuses a known key with other legs."""
    known: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [[posting.key for posting in wanted]])
        for key, *content in cursor.fetchall():
            known[key][tuple(map(str, content))] += 1
    for posting in wanted:
        if posting.key in known and known[posting.key] != posting.content():
            raise _reused(posting.key)
    return [posting for posting in wanted if posting.key not in known]


def _refuse_others(meanwhile: Sequence[Posting]) -> None:
    """Refuse what another transaction booked under the same key with other legs; some entries are
    written then, so the transaction cannot be committed any more.
    """
    try:
        _unbooked(meanwhile)
    except Refused:
        transaction.set_rollback(True)
        raise


def _affordable(wanted: Sequence[Posting], accounts: dict[Name, _Account]) -> bool:
    """Asked before PostgreSQL must refuse: a failed statement would spoil the caller's
    transaction.
    """
    moved: Counter[Name] = Counter()
    for posting in wanted:
        for kind, owner, amount in posting.legs:
            name = (kind, owner, posting.currency)
            moved[name] += amount
            if not accounts[name].allows(moved[name]):
                return False
    return True


def _short() -> Refused:
    return Refused("funds_short", "There is not enough money for this.")


def _insert(new: Sequence[Posting], accounts: dict[Name, _Account], by: Actor) -> set[str]:
    """The statement that books; returns the keys that were new."""
    heads = [(p.key, p.kind, json.dumps({"by": by.key, **p.data}), p.reverses) for p in new]
    legs = [
        (p.key, accounts[kind, owner, p.currency].id, p.currency, amount)
        for p in new
        for kind, owner, amount in p.legs
    ]
    try:
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(_INSERT, [*_columns(heads), *_columns(legs)])
            return {key for (key,) in cursor.fetchall()}
    except IntegrityError as error:
        if "payments_not_over" in str(error):
            raise _short() from error
        raise
