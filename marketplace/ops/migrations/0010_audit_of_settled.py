"""The audit of contradictions leaves out what a person has settled: the trail itself keeps them."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced

QUERY = """
    SELECT a.subject, a.verb || ' ' || a.reason
      FROM core_auditentry a
      LEFT JOIN (SELECT kind, subject, bool_and(state = 'resolved') AS settled
                   FROM payments_difference GROUP BY kind, subject) d
           ON d.kind = a.verb
          AND d.subject = CASE a.verb WHEN 'payout_contradicted' THEN 'transfer:' || (a.data ->> 'transfer')
                                      ELSE a.subject END
     WHERE a.verb IN ('payout_contradicted', 'transfer_orphan') AND d.settled IS NOT TRUE
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0009_audit_of_self_billed"), ("payments", "0024_self_billing")]
    operations = [replaced("contradictions", QUERY)]
