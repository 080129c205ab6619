"""R4: clearing accounts return to zero within days; an old rest is money that one side knows of."""

from django.db import connection

from marketplace.core.actors import Actor
from payments.actions import differences
from payments.actions.comparisons.running import Outcome
from payments.currencies import major

KIND = "clearing_rest"
DAYS = 7
# What stands in an account now, less what the last days alone could have put there: legs of the
# same sign are taken to be the newest. So a rest that is cleared late is not mistaken for an old
# one, and an old one cannot hide behind new movements of the other sign.
_RESTS = """
SELECT account.kind, account.currency, sum(leg.amount)::bigint AS rest,
       coalesce(sum(leg.amount) FILTER (WHERE recent AND leg.amount > 0), 0)::bigint AS credits,
       coalesce(sum(leg.amount) FILTER (WHERE recent AND leg.amount < 0), 0)::bigint AS debits
  FROM payments_ledgeraccount account
  JOIN payments_ledgerleg leg ON leg.account_id = account.id
  JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
 CROSS JOIN LATERAL (SELECT entry.created_at > core_now() - make_interval(days => %s) AS recent) age
 WHERE account.kind LIKE 'clearing\\_%%'
 GROUP BY account.kind, account.currency ORDER BY account.kind, account.currency
"""


def compare(by: Actor) -> Outcome:
    """Every clearing account and currency; what is older than a week is kept for a person."""
    with connection.cursor() as cursor:
        cursor.execute(_RESTS, [DAYS])
        rows = cursor.fetchall()
    subjects = set()
    for kind, currency, rest, credit, debit in rows:
        old = max(rest - credit, 0) + min(rest - debit, 0)
        if old:
            subjects.add(f"{kind}:{currency}")
            differences.found(
                kind=KIND,
                subject=f"{kind}:{currency}",
                reason=(
                    f"The clearing account of {kind.removeprefix('clearing_')}s has held "
                    f"{major(old, currency)} for longer than {DAYS} days: one side knows of this "
                    "money, and the other does not."
                ),
                currency=currency,
                ours_minor=old,
                theirs_minor=0,
                by=by,
            )
    differences.gone(kind=KIND, still=subjects, by=by)
    return Outcome(len(rows), len(subjects), {f"{row[0]}:{row[1]}": row[2] for row in rows})
