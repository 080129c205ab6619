"""The audit of the months that are summed up: each is what its legs come to, and none is left out."""

from importlib import import_module

from django.db import migrations

view = import_module("marketplace.ops.migrations.0001_audit").view

# One pass over the legs; the second look asks that no later leg lies before `next_leg`.
QUERY = """
    WITH own AS MATERIALIZED (
        SELECT leg.account_id, entry.kind, leg.currency,
               date_trunc('month', entry.created_at AT TIME ZONE 'UTC')::date AS month,
               count(*) AS legs, sum(leg.amount) AS amount, min(leg.id) AS first, max(leg.id) AS last,
               coalesce(-sum(leg.amount) FILTER (WHERE leg.amount < 0), 0) AS debit,
               coalesce(sum(leg.amount) FILTER (WHERE leg.amount > 0), 0) AS credit
          FROM payments_ledgerleg leg JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
         GROUP BY 1, 2, 3, 4
    ), newest AS (SELECT max(month) AS month FROM payments_bookmonth)
    SELECT 'accountmonth:' || account_id || ':' || month,
           'kept ' || coalesce(k.amount_minor || ' of ' || k.legs, 'nothing') || ', and its legs come to '
           || coalesce(l.amount || ' of ' || l.legs, 'nothing')
      FROM payments_accountmonth k
      FULL JOIN (SELECT account_id, month, sum(legs) AS legs, sum(amount) AS amount, max(last) AS last
                   FROM own WHERE month <= (SELECT month FROM newest) GROUP BY 1, 2) l
           USING (account_id, month)
     WHERE (k.legs, k.amount_minor, k.last_leg) IS DISTINCT FROM (l.legs, l.amount, l.last)
    UNION ALL
    SELECT 'accountmonth:' || account_id || ':' || month, 'leg ' || first || ' lies before its month'
      FROM (SELECT account_id, month, l.first, max(k.next_leg) OVER (
                       PARTITION BY account_id ORDER BY month
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bound
              FROM (SELECT account_id, month, min(first) AS first FROM own GROUP BY 1, 2) l
              LEFT JOIN payments_accountmonth k USING (account_id, month)) placed
     WHERE first < bound
    UNION ALL
    SELECT 'bookmonth:' || month || ':' || currency || ':' || account_kind || ':' || entry_kind,
           'kept ' || coalesce(k.debit_minor || ' and ' || k.credit_minor, 'nothing')
           || ', and its legs come to ' || coalesce(l.debit || ' and ' || l.credit, 'nothing')
      FROM payments_bookmonth k
      FULL JOIN (SELECT own.month, own.currency, account.kind AS account_kind, own.kind AS entry_kind,
                        sum(legs) AS legs, sum(debit) AS debit, sum(credit) AS credit
                   FROM own JOIN payments_ledgeraccount account ON account.id = own.account_id
                  WHERE own.month <= (SELECT month FROM newest) GROUP BY 1, 2, 3, 4) l
           USING (month, currency, account_kind, entry_kind)
     WHERE (k.legs, k.debit_minor, k.credit_minor) IS DISTINCT FROM (l.legs, l.debit, l.credit)
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0010_audit_of_settled"), ("payments", "0025_months_summed_up")]
    operations = [view("months", QUERY)]
