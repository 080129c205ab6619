"""The audit of money taken back: clawbacks, debts, reversals, disputes; payouts that came back."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
view = import_module("marketplace.ops.migrations.0001_audit").view

MADE = "('sent', 'part_reversed', 'reversed')"
CHANGED = {
    "payout_amounts": f"""
        SELECT 'payout:' || p.id,
               p.state || ', ' || p.amount_minor || ' and ' || p.recovered_minor || ' kept in the row, '
               || coalesce(sum(e.amount_minor - e.taken_minor), 0) || ' earned'
          FROM payments_payout p
          LEFT JOIN payments_earning e ON e.payout_id = p.id AND e.currency = p.currency
               AND e.annotator_id = p.annotator_id
               AND e.state = CASE WHEN p.state IN {MADE} THEN 'paid' ELSE 'in_transit' END
         GROUP BY p.id
        HAVING coalesce(sum(e.amount_minor - e.taken_minor), 0)
               <> CASE WHEN p.state = 'failed' THEN 0 ELSE p.amount_minor + p.recovered_minor END
    """,
    "paid_without_transfer": f"""
        SELECT 'earning:' || e.id, e.state || ' with a payout that is ' || p.state
          FROM payments_earning e JOIN payments_payout p ON p.id = e.payout_id
         WHERE (e.state = 'paid') <> (p.state IN {MADE}) OR p.state = 'failed'
    """,
    "sent_payouts": f"""
        SELECT 'payout:' || p.id, 'sent, and booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_payout p
          LEFT JOIN payments_ledgerentry e ON e.key = 'payout:' || p.id || ':done'
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         WHERE p.state IN {MADE}
         GROUP BY p.id
        HAVING coalesce(sum(l.amount), 0) <> p.amount_minor
    """,
}
ADDED = {
    "clawbacks": """
        SELECT 'clawback:' || c.id, c.state || ' of ' || c.amount_minor || ' and ' || c.fee_minor
               || ', booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_clawback c
          LEFT JOIN payments_ledgerentry e ON e.key = 'claw:' || c.id
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         GROUP BY c.id
        HAVING coalesce(sum(l.amount), 0)
               <> CASE WHEN c.state IN ('booked', 'reversed') THEN c.amount_minor + c.fee_minor ELSE 0 END
         UNION ALL
        SELECT 'clawback:' || c.id, 'reversed, and not mirrored'
          FROM payments_clawback c WHERE (c.state = 'reversed') <> EXISTS (
               SELECT 1 FROM payments_ledgerentry e JOIN payments_ledgerentry was ON was.id = e.reverses_id
                WHERE e.key = 'claw:' || c.id || ':reversed' AND was.key = 'claw:' || c.id)
         UNION ALL
        SELECT 'earning:' || e.id, e.taken_minor || ' taken in the row, ' || coalesce(sum(c.amount_minor), 0)
               || ' in clawbacks'
          FROM payments_earning e LEFT JOIN payments_clawback c ON c.earning_id = e.id
               AND (c.state = 'booked' OR c.state = 'reversed' AND EXISTS (
                    SELECT 1 FROM payments_earning a WHERE a.source = 'award:' || c.id))
               AND c.taken_from IN ('pending', 'payable')
         WHERE e.taken_minor > 0 OR c.id IS NOT NULL
         GROUP BY e.id HAVING e.taken_minor <> coalesce(sum(c.amount_minor), 0)
    """,
    "debts": """
        SELECT s.pot || ' ' || s.currency, s.owed || ' in the pot, ' || s.rows || ' in clawbacks'
          FROM (SELECT pot, currency, sum(owed) AS owed, sum(rows) AS rows
                  FROM (SELECT owner_key AS pot, currency, -balance AS owed, 0 AS rows
                          FROM payments_ledgeraccount WHERE kind = 'annotator_debt'
                         UNION ALL
                        SELECT 'annotator:' || annotator_id, currency, 0, amount_minor - settled_minor
                          FROM payments_clawback WHERE state = 'booked' AND taken_from = 'debt') b
                 GROUP BY pot, currency) s
         WHERE s.owed <> s.rows
         UNION ALL
        SELECT 'clawback:' || c.id, c.settled_minor || ' settled in the row, '
               || coalesce(sum(r.amount_minor), 0) || ' in its parts'
          FROM payments_clawback c
          LEFT JOIN payments_recovery r ON r.clawback_id = c.id AND r.undone_at IS NULL
         GROUP BY c.id HAVING c.settled_minor <> coalesce(sum(r.amount_minor), 0)
         UNION ALL
        SELECT 'payout:' || p.id, p.recovered_minor || ' kept in the row, '
               || coalesce(sum(r.amount_minor), 0) || ' in parts of debts'
          FROM payments_payout p
          LEFT JOIN payments_recovery r ON r.payout_id = p.id AND r.undone_at IS NULL
         WHERE p.state <> 'failed'
         GROUP BY p.id HAVING p.recovered_minor <> coalesce(sum(r.amount_minor), 0)
    """,
    "reversals": """
        SELECT 'reversal:' || r.id, r.amount_minor || ' in the row, booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_reversal r
          LEFT JOIN payments_ledgerentry e ON e.key = 'reversal:' || r.stripe_reversal
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         WHERE r.state = 'done'
         GROUP BY r.id HAVING coalesce(sum(l.amount), 0) <> r.amount_minor
         UNION ALL
        SELECT 'payout:' || p.id, p.reversed_minor || ' came back in the row, '
               || coalesce(sum(r.amount_minor), 0) || ' in reversals'
          FROM payments_payout p
          LEFT JOIN payments_reversal r ON r.payout_id = p.id AND r.state = 'done'
         GROUP BY p.id HAVING p.reversed_minor <> coalesce(sum(r.amount_minor), 0)
         UNION ALL
        SELECT s.pot || ' ' || s.currency, s.held || ' in the pot, ' || s.rows || ' in reversals'
          FROM (SELECT pot, currency, sum(held) AS held, sum(rows) AS rows
                  FROM (SELECT owner_key AS pot, currency, balance AS held, 0 AS rows
                          FROM payments_ledgeraccount WHERE kind = 'annotator_returned'
                         UNION ALL
                        SELECT 'annotator:' || p.annotator_id, r.currency, 0, r.returned_minor
                          FROM payments_reversal r JOIN payments_payout p ON p.id = r.payout_id) b
                 GROUP BY pot, currency) s
         WHERE s.held <> s.rows
    """,
    "disputes": """
        SELECT 'dispute:' || d.stripe_dispute, d.state || ', ' || d.withdrawn_minor || ' less '
               || d.reinstated_minor || ' in the row, booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_dispute d
          LEFT JOIN payments_ledgerentry e ON e.key IN ('dispute:' || d.stripe_dispute || ':withdrawn',
                                                        'dispute:' || d.stripe_dispute || ':reinstated')
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id
               AND l.account_id IN (SELECT id FROM payments_ledgeraccount WHERE kind = 'clearing_dispute')
         GROUP BY d.id HAVING coalesce(sum(l.amount), 0) <> d.withdrawn_minor - d.reinstated_minor
         UNION ALL
        SELECT 'dispute:' || d.stripe_dispute, d.state || ' without a freeze'
          FROM payments_dispute d
         WHERE d.state IN ('open', 'lost') AND d.organization_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM payments_clientfreeze f WHERE f.dispute_id = d.id)
         UNION ALL
        SELECT 'dispute:' || d.stripe_dispute, 'won, and the client is still frozen'
          FROM payments_dispute d JOIN payments_clientfreeze f ON f.dispute_id = d.id
         WHERE d.state = 'won' AND f.lifted_at IS NULL
    """,
}


class Migration(migrations.Migration):
    dependencies = [("ops", "0007_audit_of_ends"), ("payments", "0019_back_guards")]
    operations = [
        *[replaced(name, query) for name, query in CHANGED.items()],
        *[view(name, query) for name, query in ADDED.items()],
    ]
