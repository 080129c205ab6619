"""The audit of clearing accounts: what Stripe's own books have overtaken by a week is back at zero.

Measured from the newest movement that was copied from Stripe: what stands there since is not yet
comparable. Legs of the same sign are taken to be the newest, as the comparison R4 does.
"""

from importlib import import_module

from django.db import migrations

view = import_module("marketplace.ops.migrations.0001_audit").view

QUERY = """
    WITH copied AS MATERIALIZED (
        SELECT created_at - interval '7 days' AS until
          FROM payments_ledgerentry WHERE kind = 'stripe_txn' ORDER BY id DESC LIMIT 1
    ), rests AS (
        SELECT account.kind, account.currency, sum(leg.amount) AS rest,
               coalesce(sum(leg.amount) FILTER (WHERE entry.created_at > copied.until AND leg.amount > 0), 0) AS credits,
               coalesce(sum(leg.amount) FILTER (WHERE entry.created_at > copied.until AND leg.amount < 0), 0) AS debits
          FROM copied
         CROSS JOIN payments_ledgeraccount account
          JOIN payments_ledgerleg leg ON leg.account_id = account.id
          JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
         WHERE account.kind LIKE 'clearing\\_%'
         GROUP BY account.kind, account.currency
    )
    SELECT kind || ' ' || currency,
           (greatest(rest - credits, 0) + least(rest - debits, 0)) || ' for longer than a week'
      FROM rests WHERE rest > credits OR rest < debits
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0012_audit_of_credit_notes"), ("payments", "0026_account_renewals")]
    operations = [view("clearing", QUERY)]
