"""Months that are over are summed up once, so that a statement never adds up years of legs."""

import datetime as dt

from django.db import connection, transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from payments.selectors import movements

LAG = dt.timedelta(days=1)
"""An entry is dated when its statement runs and seen when it commits. No transaction lasts that
long, so that a month which ended a day ago gets no more entries."""
LONGEST = "15min"
_OLDEST = """
SELECT (date_trunc('month', min(created_at) AT TIME ZONE 'UTC'))::date FROM payments_ledgerentry
 WHERE created_at >= (
    SELECT coalesce((max(month) + interval '1 month') AT TIME ZONE 'UTC', '-infinity')
      FROM payments_bookmonth)
"""
# The ids of an account's later legs begin at `next_leg`: behind the month's last leg, or at a leg
# that was dated later and numbered before it, as transactions side by side may be.
_SUM_UP = """
WITH month_leg AS MATERIALIZED (
    SELECT leg.account_id, leg.id, leg.currency, leg.amount, entry.kind
      FROM payments_ledgerentry entry JOIN payments_ledgerleg leg ON leg.entry_id = entry.id
     WHERE entry.created_at >= %(since)s AND entry.created_at < %(until)s
), own AS (
    SELECT account_id, sum(amount) AS amount, count(*) AS legs, max(id) AS last
      FROM month_leg GROUP BY account_id
), by_account AS (
    INSERT INTO payments_accountmonth (account_id, month, amount_minor, legs, last_leg, next_leg)
    SELECT own.account_id, %(month)s, own.amount, own.legs, own.last,
           coalesce(later.first, own.last + 1)
      FROM own
      LEFT JOIN LATERAL (
          SELECT next_leg FROM payments_accountmonth before
           WHERE before.account_id = own.account_id AND before.month < %(month)s
           ORDER BY before.month DESC LIMIT 1
      ) before ON true
      LEFT JOIN LATERAL (
          SELECT min(leg.id) AS first
            FROM payments_ledgerleg leg JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
           WHERE leg.account_id = own.account_id AND entry.created_at >= %(until)s
             AND leg.id >= coalesce(before.next_leg, 0) AND leg.id < own.last
      ) later ON true
    ON CONFLICT DO NOTHING
)
INSERT INTO payments_bookmonth
       (month, currency, account_kind, entry_kind, legs, debit_minor, credit_minor)
SELECT %(month)s, leg.currency, account.kind, leg.kind, count(*),
       coalesce(-sum(leg.amount) FILTER (WHERE leg.amount < 0), 0),
       coalesce(sum(leg.amount) FILTER (WHERE leg.amount > 0), 0)
  FROM month_leg leg JOIN payments_ledgeraccount account ON account.id = leg.account_id
 GROUP BY leg.currency, account.kind, leg.kind
    ON CONFLICT DO NOTHING
"""


def sum_up(*, by: Actor) -> int:
    """Sum up every month that ended a day ago or longer, the oldest first; returns how many.

    Safe to repeat and to run twice at once: a month's rows are written once.
    """
    summed = 0
    while _next(by=by):
        summed += 1
    return summed


@transaction.atomic
def _next(*, by: Actor) -> bool:
    """The oldest month that has entries and no sums; False where it is not over yet, or none is."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        cursor.execute(_OLDEST)
        (first,) = cursor.fetchone()
        if first is None:
            return False
        span = movements.month(first.year, first.month)
        if clock.now() < span.until + LAG:
            return False
        cursor.execute(_SUM_UP, {"month": first, "since": span.since, "until": span.until})
    audit.record("summed_up_month", f"month:{first:%Y-%m}", by=by)
    return True
