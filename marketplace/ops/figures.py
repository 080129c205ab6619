"""What happened, read from where it is kept: from the tables, not from what the pages show.

Each figure is one SQL statement over the rows themselves, not over the selectors that the pages
use, so that a fault in those would show.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

TIMES_HELD_AT_ONCE = """
-- A claim is wrong when, at the moment it was made, its task had no free slot left: count the
-- claims of that task alive just then. Alive: until it was given back, ran out or was rejected.
SELECT count(*) FROM tasks_assignment mine
  JOIN tasks_task task ON task.id = mine.task_id
 WHERE task.state <> 'gold' AND task.overlap < (
     SELECT count(*) FROM tasks_assignment other
      WHERE other.task_id = mine.task_id
        AND other.claimed_at <= mine.claimed_at
        AND coalesce(CASE other.state
                WHEN 'expired' THEN other.final_at
                WHEN 'released' THEN other.final_at
                WHEN 'rejected' THEN other.decided_at END, 'infinity') > mine.claimed_at)
"""
HELD_TWICE_BY_ONE = """
SELECT coalesce(sum(times - 1), 0) FROM (
    SELECT count(*) AS times FROM tasks_assignment
     WHERE state NOT IN ('expired', 'released')
     GROUP BY task_id, annotator_id HAVING count(*) > 1) twice
"""
UNSETTLED = """
SELECT (SELECT count(*) FROM tasks_assignment WHERE state IN ('claimed', 'submitted', 'returned'))
     + (SELECT count(*) FROM tasks_reviewrequest WHERE state IN ('waiting', 'taken'))
     + (SELECT count(*) FROM tasks_task WHERE state IN ('open', 'filled', 'disputed'))
"""
STANDING = """
SELECT string_agg(what || ' ' || number, ', ' ORDER BY what) FROM (
    SELECT what, count(*) AS number FROM (
        SELECT 'answers ' || state AS what FROM tasks_assignment
         WHERE state IN ('claimed', 'submitted', 'returned')
        UNION ALL
        SELECT 'readings (' || kind || ') ' || state FROM tasks_reviewrequest
         WHERE state IN ('waiting', 'taken')
        UNION ALL
        SELECT 'tasks ' || state FROM tasks_task WHERE state IN ('open', 'filled', 'disputed')
        UNION ALL
        SELECT 'appeals ' || state FROM tasks_appeal WHERE state = 'open'
        UNION ALL
        SELECT 'lots ' || state FROM tasks_lot WHERE state IN ('sampling', 'rework')
        UNION ALL
        SELECT 'jobs ' || state FROM core_outboxmessage
    ) rows GROUP BY what) counted
"""
OF_ENTRIES = """
SELECT coalesce(sum(leg.amount), 0) FROM payments_ledgerleg leg
  JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
  JOIN payments_ledgeraccount account ON account.id = leg.account_id
 WHERE entry.kind = %(entry)s AND account.kind = %(account)s AND leg.currency = %(currency)s
"""
OF_ACCOUNTS = """
SELECT coalesce(sum(leg.amount), 0) FROM payments_ledgerleg leg
  JOIN payments_ledgeraccount account ON account.id = leg.account_id
 WHERE account.kind = ANY(%(accounts)s) AND leg.currency = %(currency)s
"""
WAITING = """
SELECT coalesce(sum(balance), 0) FROM payments_ledgeraccount
 WHERE currency = %(currency)s
   AND (kind IN ('annotator_pending', 'annotator_in_transit')
        OR kind = 'annotator_payable' AND balance >= %(minimum)s)
"""
OWED = ["annotator_pending", "annotator_payable", "annotator_in_transit"]
LEFT = ["client_prepaid", "project_funds", "project_reserved"]


@dataclass(frozen=True, slots=True)
class Money:
    """The ledger's own sums in one currency, minor units.

    `owed_minor` is earned and not yet paid, `left_minor` the clients' money, free or reserved,
    `reserved_minor` the part of it that is promised.
    """

    deposits_minor: int
    paid_minor: int
    owed_minor: int
    fees_minor: int
    left_minor: int
    reserved_minor: int


def claims_double() -> int:
    """Claims that should not have been given out: more than slots, or twice to one annotator."""
    return _one(TIMES_HELD_AT_ONCE) + _one(HELD_TWICE_BY_ONE)


def claims(state: str) -> int:
    """How many claims are in a state."""
    return _one("SELECT count(*) FROM tasks_assignment WHERE state = %(state)s", state=state)


def ledger_sum() -> int:
    """The sum of all legs of all currencies: 0, or the books are wrong."""
    return _one("SELECT coalesce(sum(amount), 0) FROM payments_ledgerleg")


def unsettled() -> int:
    """Tasks, answers and reviews that are still under way."""
    return _one(UNSETTLED)


def standing() -> str:
    """What is under way, for whoever waits for its end in vain: each kind with its number."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        (found,) = cursor.fetchone()
    return f"Under way: {found or 'nothing'}."


def asked_once_more() -> int:
    """How often a task got one more slot because its answers differed."""
    return _one("SELECT count(*) FROM core_auditentry WHERE verb = 'asked_once_more'")


def audit_entries() -> int:
    """How many acts the audit trail holds."""
    return _one("SELECT count(*) FROM core_auditentry")


def money(currency: str) -> Money:
    """What the ledger says of one currency."""
    return Money(
        deposits_minor=_one(OF_ENTRIES, entry="fund", account="client_prepaid", currency=currency),
        paid_minor=_one(
            OF_ENTRIES, entry="payout_done", account="clearing_transfer", currency=currency
        ),
        owed_minor=_one(OF_ACCOUNTS, accounts=OWED, currency=currency),
        fees_minor=_one(OF_ACCOUNTS, accounts=["platform_fee"], currency=currency),
        left_minor=_one(OF_ACCOUNTS, accounts=LEFT, currency=currency),
        reserved_minor=_one(OF_ACCOUNTS, accounts=["project_reserved"], currency=currency),
    )


def held_minor(currency: str) -> int:
    """What is earned and still in the hold."""
    return _one(OF_ACCOUNTS, accounts=["annotator_pending"], currency=currency)


def waiting_minor(currency: str, minimum: int) -> int:
    """What annotators have earned and could be paid, but have not been: pending, on its way, or
    payable and at least `minimum`, below which nobody is paid.
    """
    return _one(WAITING, currency=currency, minimum=minimum)


def _one(statement: str, **values: Any) -> int:
    """The one number that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (number,) = cursor.fetchone()
    return int(number)
