"""The audit of refunds knows that the platform bears what was not prepaid any more."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
BEFORE = import_module("marketplace.ops.migrations.0005_audit_of_refunds").REFUNDS

CLIENT = """a.kind = 'client_prepaid'
            AND a.owner_key = 'org:' || r.organization_id AND a.currency = r.currency"""
EITHER = """a.currency = r.currency
            AND (a.kind = 'client_prepaid' AND a.owner_key = 'org:' || r.organization_id
                 OR a.kind = 'platform_loss')"""
LOST = """
         UNION ALL
        SELECT 'refund:' || r.id, r.borne_minor || ' borne by the platform in the row, '
               || coalesce(-sum(l.amount), 0) || ' booked'
          FROM payments_refund r
          LEFT JOIN payments_ledgerentry e ON e.key = 'refund:' || r.id || ':start'
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id
               AND l.account_id IN (SELECT id FROM payments_ledgeraccount WHERE kind = 'platform_loss')
         GROUP BY r.id HAVING coalesce(-sum(l.amount), 0) <> r.borne_minor
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0013_audit_of_clearing"), ("payments", "0030_moved_by_hand")]
    operations = [replaced("refunds", BEFORE.replace(CLIENT, EITHER) + LOST)]
