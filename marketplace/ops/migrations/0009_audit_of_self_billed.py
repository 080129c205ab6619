"""The audit of self-billed invoices: each says what its payout sent."""

from importlib import import_module

from django.db import migrations

view = import_module("marketplace.ops.migrations.0001_audit").view

QUERY = """
    SELECT 'invoice:' || i.id, i.amount_minor || ', ' || i.other_minor || ' and ' || i.kept_minor
           || ' kept, of a payout of ' || p.amount_minor || ' and ' || p.recovered_minor
      FROM payments_selfbilledinvoice i JOIN payments_payout p ON p.id = i.payout_id
     WHERE i.amount_minor + i.other_minor - i.kept_minor <> p.amount_minor
        OR i.kept_minor <> p.recovered_minor OR i.currency <> p.currency
        OR i.annotator_id <> p.annotator_id OR i.issued_at <> p.sent_at
        OR i.amount_minor <> (SELECT sum((line ->> 'amount_minor')::bigint)
                                FROM jsonb_array_elements(i.lines) line)
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0008_audit_of_taken_back"), ("payments", "0024_self_billing")]
    operations = [view("self_billed", QUERY)]
