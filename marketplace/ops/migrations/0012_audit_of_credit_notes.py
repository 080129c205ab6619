"""The audit of credit notes: invoices less notes are the pay of whoever agreed, month by month.

Notes are made by a job, within the hour: what happened in the last day is left out on both sides.
"""

from importlib import import_module

from django.db import migrations

view = import_module("marketplace.ops.migrations.0001_audit").view

QUERY = """
    WITH until AS (SELECT core_now() - interval '1 day' AS at),
    said AS (
        SELECT annotator_id, currency, date_trunc('month', issued_at AT TIME ZONE 'UTC')::date AS month,
               sum(minor) AS minor
          FROM (SELECT annotator_id, currency, issued_at, amount_minor AS minor
                  FROM payments_selfbilledinvoice
                UNION ALL
                SELECT annotator_id, currency, issued_at,
                       CASE WHEN withdraws_id IS NULL THEN -amount_minor ELSE amount_minor END
                  FROM payments_selfbillednote) document
         WHERE issued_at < (SELECT at FROM until) GROUP BY 1, 2, 3
    ), agreed AS (
        SELECT p.* FROM payments_payout p
         WHERE p.state IN ('sent', 'part_reversed', 'reversed') AND p.sent_at < (SELECT at FROM until)
           AND EXISTS (SELECT 1 FROM payments_selfbillingagreement a
                        WHERE a.annotator_id = p.annotator_id AND a.agreed_at <= p.sent_at
                          AND (a.ended_at IS NULL OR a.ended_at > p.sent_at))
    ), taken AS (
        SELECT c.* FROM payments_clawback c
          JOIN payments_earning e ON e.id = c.earning_id
          JOIN agreed ON agreed.id = e.payout_id
         WHERE c.taken_from = 'debt' AND e.kind <> 'goodwill'
    ), done AS (
        SELECT annotator_id, currency, date_trunc('month', at AT TIME ZONE 'UTC')::date AS month,
               sum(minor) AS minor
          FROM (SELECT p.annotator_id, p.currency, p.sent_at AS at, e.amount_minor - e.taken_minor AS minor
                  FROM agreed p JOIN payments_earning e ON e.payout_id = p.id AND e.kind <> 'goodwill'
                UNION ALL
                SELECT annotator_id, currency, booked_at, -amount_minor FROM taken
                UNION ALL
                SELECT annotator_id, currency, ended_at, amount_minor FROM taken WHERE state = 'reversed') act
         WHERE at < (SELECT at FROM until) GROUP BY 1, 2, 3
    )
    SELECT 'annotator:' || annotator_id || ':' || month,
           coalesce(said.minor, 0) || ' ' || currency || ' on invoices less credit notes, and paid less taken back '
           || coalesce(done.minor, 0)
      FROM said FULL JOIN done USING (annotator_id, currency, month)
     WHERE coalesce(said.minor, 0) <> coalesce(done.minor, 0)
    UNION ALL
    SELECT 'note:' || n.id, n.amount_minor || ' ' || n.currency || ' of ' || c.amount_minor || ' ' || c.currency
      FROM payments_selfbillednote n
      JOIN payments_selfbilledinvoice i ON i.id = n.invoice_id
      JOIN payments_clawback c ON c.id = n.clawback_id
      JOIN payments_earning e ON e.id = c.earning_id
      LEFT JOIN payments_selfbillednote w ON w.id = n.withdraws_id
     WHERE n.amount_minor <> c.amount_minor OR n.currency <> c.currency OR n.annotator_id <> c.annotator_id
        OR i.payout_id IS DISTINCT FROM e.payout_id OR c.taken_from <> 'debt'
        OR n.issued_at <> CASE WHEN n.withdraws_id IS NULL THEN c.booked_at ELSE c.ended_at END
        OR w.clawback_id <> n.clawback_id OR w.withdraws_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0011_audit_of_months"), ("payments", "0027_self_billed_notes")]
    operations = [view("credit_notes", QUERY)]
