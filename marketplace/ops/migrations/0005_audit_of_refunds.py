"""The audit of refunds: each is booked as it stands, with its parts, and what came back of it."""

from importlib import import_module

from django.db import migrations

view = import_module("marketplace.ops.migrations.0001_audit").view

REFUNDS = """
    SELECT 'refund:' || r.id,
           r.state || ' of ' || r.amount_minor || ': ' || booked.minor || ' booked, ' || parts.minor
           || ' in parts, ' || parts.failed || ' failed, ' || r.failed_minor || ' noted, '
           || back.minor || ' booked back'
      FROM payments_refund r
     CROSS JOIN LATERAL (
         SELECT CASE WHEN r.state IN ('requested', 'declined') THEN 0 ELSE r.amount_minor END AS minor
     ) due
     CROSS JOIN LATERAL (
         SELECT coalesce(-sum(l.amount), 0) AS minor
           FROM payments_ledgerentry e
           JOIN payments_ledgerleg l ON l.entry_id = e.id
           JOIN payments_ledgeraccount a ON a.id = l.account_id
          WHERE e.key = 'refund:' || r.id || ':start' AND a.kind = 'client_prepaid'
            AND a.owner_key = 'org:' || r.organization_id AND a.currency = r.currency) booked
     CROSS JOIN LATERAL (
         SELECT coalesce(sum(p.amount_minor), 0) AS minor,
                coalesce(sum(p.amount_minor) FILTER (WHERE p.state = 'failed'), 0) AS failed
           FROM payments_refundpart p
          WHERE p.refund_id = r.id AND p.currency = r.currency) parts
     CROSS JOIN LATERAL (
         SELECT coalesce(sum(l.amount), 0) AS minor
           FROM payments_refundpart p
           JOIN payments_ledgerentry e ON e.key = 'refund:' || p.id || ':failed'
           JOIN payments_ledgerleg l ON l.entry_id = e.id
           JOIN payments_ledgeraccount a ON a.id = l.account_id
          WHERE p.refund_id = r.id AND a.kind = 'client_prepaid'
            AND a.owner_key = 'org:' || r.organization_id AND a.currency = r.currency) back
     WHERE booked.minor <> due.minor OR parts.minor <> due.minor
        OR parts.failed <> r.failed_minor OR back.minor <> r.failed_minor
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0004_audit_of_pay"),
        ("payments", "0011_client_money"),
    ]
    operations = [view("refunds", REFUNDS)]
