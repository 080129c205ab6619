"""The audit of disputes: what made the platform's loss good is booked as the row says."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
BEFORE = import_module("marketplace.ops.migrations.0008_audit_of_taken_back").ADDED["disputes"]

MADE_GOOD = """
         UNION ALL
        SELECT 'dispute:' || d.stripe_dispute, d.made_good_minor || ' made good in the row, booked as '
               || coalesce(sum(l.amount), 0)
          FROM payments_dispute d
          LEFT JOIN payments_ledgerentry e ON e.kind = 'dispute_made_good'
               AND e.key LIKE 'dispute:' || d.stripe_dispute || ':made_good:%'
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         GROUP BY d.id HAVING coalesce(sum(l.amount), 0) <> d.made_good_minor
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0014_audit_of_borne_refunds"), ("payments", "0033_made_good")]
    operations = [replaced("disputes", BEFORE + MADE_GOOD)]
