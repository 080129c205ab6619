"""The audit of pay: parts taken back, debts recovered by payouts, awards, and the lines of earnings."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
view = import_module("marketplace.ops.migrations.0001_audit").view

CHANGED = {
    "earnings": """
        SELECT s.kind || ' ' || s.pot || ' ' || s.currency,
               s.pot_minor || ' in the pot, ' || s.rows_minor || ' in rows'
          FROM (SELECT kind, pot, currency, sum(pot_minor) AS pot_minor, sum(rows_minor) AS rows_minor
                  FROM (SELECT kind, owner_key AS pot, currency, balance AS pot_minor, 0 AS rows_minor
                          FROM payments_ledgeraccount
                         WHERE kind IN ('annotator_pending', 'annotator_payable')
                         UNION ALL
                        SELECT 'annotator_' || state, 'annotator:' || annotator_id, currency, 0,
                               amount_minor - taken_minor
                          FROM payments_earning WHERE state IN ('pending', 'payable')) both_sides
                 GROUP BY kind, pot, currency) s
         WHERE s.pot_minor <> s.rows_minor
    """,
    "payout_amounts": """
        SELECT 'payout:' || p.id,
               p.state || ', ' || p.amount_minor || ' and ' || p.recovered_minor || ' kept in the row, '
               || coalesce(sum(e.amount_minor - e.taken_minor), 0) || ' earned'
          FROM payments_payout p
          LEFT JOIN payments_earning e ON e.payout_id = p.id AND e.currency = p.currency
               AND e.annotator_id = p.annotator_id
               AND e.state = CASE WHEN p.state = 'sent' THEN 'paid' ELSE 'in_transit' END
         GROUP BY p.id
        HAVING coalesce(sum(e.amount_minor - e.taken_minor), 0)
               <> CASE WHEN p.state = 'failed' THEN 0 ELSE p.amount_minor + p.recovered_minor END
    """,
    "earned_for_nothing": """
        SELECT 'earning:' || e.id, e.source
          FROM payments_earning e
         WHERE NOT EXISTS (SELECT 1 FROM tasks_assignment a WHERE e.source = 'assignment:' || a.id)
           AND NOT EXISTS (SELECT 1 FROM tasks_reviewassignment r WHERE e.source = 'review:' || r.id)
           AND NOT EXISTS (SELECT 1 FROM tasks_adjudicationassignment d
                            WHERE e.source = 'adjudication:' || d.id)
           AND NOT EXISTS (SELECT 1 FROM payments_ledgerentry l
                            WHERE e.source LIKE 'award:%' AND l.key = e.source)
    """,
}
ADDED = {
    "earning_lines": """
        SELECT 'earning:' || e.id, e.amount_minor || ' earned, ' || sum((line ->> 'amount_minor')::bigint) || ' in lines'
          FROM payments_earning e CROSS JOIN LATERAL jsonb_array_elements(e.lines) line
         GROUP BY e.id HAVING sum((line ->> 'amount_minor')::bigint) <> e.amount_minor
    """,
}


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0003_audit_of_quality"),
        ("payments", "0010_pay_laid"),
        ("tasks", "0028_quote_laid"),
    ]
    operations = [
        *[replaced(name, query) for name, query in CHANGED.items()],
        *[view(name, query) for name, query in ADDED.items()],
    ]
