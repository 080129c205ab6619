"""The legs of some owners in a span of time, found without reading what lies before and behind it.

A leg has no date of its own: its entry has. But ids follow time, and where a month is summed up
(`AccountMonth`) its ids are known, so that the index of legs by account and id finds them.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection

# The first moment that is not summed up.
SUMMED = """(SELECT coalesce((max(month) + interval '1 month') AT TIME ZONE 'UTC', '-infinity')
               FROM payments_bookmonth)"""
_UNTIL = f"SELECT nullif({SUMMED}, '-infinity')"
# Follows FROM or JOIN; named: owners, since, until. Gives `account`, `leg` and `entry`.
MOVED = f"""
payments_ledgeraccount account
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT next_leg FROM payments_accountmonth before
                      WHERE before.account_id = account.id
                        AND before.month < date_trunc('month', %(since)s AT TIME ZONE 'UTC')
                      ORDER BY before.month DESC LIMIT 1), 0) AS first,
           CASE WHEN %(until)s > {SUMMED} THEN 9223372036854775807
                ELSE (SELECT max(last_leg) FROM payments_accountmonth own
                       WHERE own.account_id = account.id
                         AND own.month >= date_trunc('month', %(since)s AT TIME ZONE 'UTC')
                         AND own.month < %(until)s AT TIME ZONE 'UTC') END AS last
) ids
JOIN payments_ledgerleg leg
  ON leg.account_id = account.id AND leg.id >= ids.first AND leg.id <= ids.last
JOIN payments_ledgerentry entry
  ON entry.id = leg.entry_id AND account.owner_key = ANY(%(owners)s)
 AND entry.created_at >= %(since)s AND entry.created_at < %(until)s
"""
_STOOD = f"""
SELECT currency, sum(minor)::bigint FROM (
    SELECT account.currency, summed.amount_minor AS minor
      FROM payments_ledgeraccount account
      JOIN payments_accountmonth summed ON summed.account_id = account.id
     WHERE account.owner_key = ANY(%(owners)s)
       AND summed.month < %(since)s AT TIME ZONE 'UTC'
    UNION ALL
    SELECT leg.currency, leg.amount FROM {MOVED}
) part GROUP BY currency
"""


def summed_until(at: dt.datetime) -> dt.datetime:
    """The latest beginning of a month, not after `at`, before which every month is summed up."""
    month = at.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_UNTIL)
        (until,) = cursor.fetchone()
    return min(month, until) if until else dt.datetime.min.replace(tzinfo=dt.UTC)


def stood(owners: Collection[str], at: dt.datetime) -> dict[str, int]:
    """What an owner (all its keys) had just before that moment, minor units by currency."""
    named: dict[str, Any] = {"owners": list(owners), "since": summed_until(at), "until": at}
    with connection.cursor() as cursor:
        cursor.execute(_STOOD, named)
        return dict(cursor.fetchall())
