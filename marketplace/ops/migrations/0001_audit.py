"""The audit: one view for each thing that must never be true. Each returns (subject, detail), and no row.

Each view selects from a function, whose body PostgreSQL does not tie to the tables: a later change of a column is not
blocked by the view, and `manage.py audit` and its test notice if the query no longer fits.
"""

from django.db import migrations

CHECKS = {
    "entry_sums": """
        SELECT 'entry:' || e.id, e.key || ': ' || coalesce(l.currency || ' ' || sum(l.amount), 'no legs')
          FROM payments_ledgerentry e LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id
         GROUP BY e.id, e.key, l.currency
        HAVING coalesce(sum(l.amount), 1) <> 0
    """,
    "cached_balances": """
        SELECT a.kind || ' ' || a.owner_key || ' ' || a.currency,
               a.balance || ' kept, ' || coalesce(sum(l.amount), 0) || ' summed'
          FROM payments_ledgeraccount a LEFT JOIN payments_ledgerleg l ON l.account_id = a.id
         WHERE a.tracked
         GROUP BY a.id
        HAVING a.balance <> coalesce(sum(l.amount), 0)
    """,
    "untracked_cached": """
        SELECT a.kind || ' ' || a.currency, a.balance || ' kept on a pot that is summed'
          FROM payments_ledgeraccount a WHERE NOT a.tracked AND a.balance <> 0
    """,
    "overdrawn_pots": """
        SELECT a.kind || ' ' || a.owner_key || ' ' || a.currency, a.balance::text
          FROM payments_ledgeraccount a
         WHERE a.balance < a.min_balance OR a.balance > a.max_balance
    """,
    "reserved": """
        SELECT p.pot || ' ' || p.currency, p.pot_minor || ' in the pot, ' || p.held_minor || ' promised'
          FROM (SELECT pot, currency, sum(pot_minor) AS pot_minor, sum(held_minor) AS held_minor
                  FROM (SELECT owner_key AS pot, currency, balance AS pot_minor, 0 AS held_minor
                          FROM payments_ledgeraccount WHERE kind = 'project_reserved'
                         UNION ALL
                        SELECT pot, currency, 0, price_minor + fee_minor
                          FROM payments_reservation WHERE state = 'held') both_sides
                 GROUP BY pot, currency) p
         WHERE p.pot_minor <> p.held_minor
    """,
    "earnings": """
        SELECT s.kind || ' ' || s.pot || ' ' || s.currency,
               s.pot_minor || ' in the pot, ' || s.rows_minor || ' in rows'
          FROM (SELECT kind, pot, currency, sum(pot_minor) AS pot_minor, sum(rows_minor) AS rows_minor
                  FROM (SELECT kind, owner_key AS pot, currency, balance AS pot_minor, 0 AS rows_minor
                          FROM payments_ledgeraccount
                         WHERE kind IN ('annotator_pending', 'annotator_payable', 'annotator_in_transit')
                         UNION ALL
                        SELECT 'annotator_' || state, 'annotator:' || annotator_id, currency, 0, amount_minor
                          FROM payments_earning WHERE state <> 'paid') both_sides
                 GROUP BY kind, pot, currency) s
         WHERE s.pot_minor <> s.rows_minor
    """,
    "in_transit": """
        SELECT s.pot || ' ' || s.currency,
               s.pot_minor || ' in transit, ' || s.open_minor || ' in open payouts'
          FROM (SELECT pot, currency, sum(pot_minor) AS pot_minor, sum(open_minor) AS open_minor
                  FROM (SELECT owner_key AS pot, currency, balance AS pot_minor, 0 AS open_minor
                          FROM payments_ledgeraccount WHERE kind = 'annotator_in_transit'
                         UNION ALL
                        SELECT 'annotator:' || annotator_id, currency, 0, amount_minor
                          FROM payments_payout
                         WHERE state IN ('ready', 'sending', 'unknown', 'frozen')) both_sides
                 GROUP BY pot, currency) s
         WHERE s.pot_minor <> s.open_minor
    """,
    "payout_amounts": """
        SELECT 'payout:' || p.id,
               p.state || ', ' || p.amount_minor || ' in the row, ' || coalesce(sum(e.amount_minor), 0) || ' earned'
          FROM payments_payout p
          LEFT JOIN payments_earning e ON e.payout_id = p.id AND e.currency = p.currency
               AND e.annotator_id = p.annotator_id
               AND e.state = CASE WHEN p.state = 'sent' THEN 'paid' ELSE 'in_transit' END
         GROUP BY p.id
        HAVING coalesce(sum(e.amount_minor), 0) <> CASE WHEN p.state = 'failed' THEN 0 ELSE p.amount_minor END
    """,
    "paid_without_transfer": """
        SELECT 'earning:' || e.id, e.state || ' with a payout that is ' || p.state
          FROM payments_earning e JOIN payments_payout p ON p.id = e.payout_id
         WHERE (e.state = 'paid') <> (p.state = 'sent') OR p.state = 'failed'
    """,
    "sent_payouts": """
        SELECT 'payout:' || p.id, 'sent, and booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_payout p
          LEFT JOIN payments_ledgerentry e ON e.key = 'payout:' || p.id || ':done'
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         WHERE p.state = 'sent'
         GROUP BY p.id
        HAVING coalesce(sum(l.amount), 0) <> p.amount_minor
    """,
    "transfers": """
        SELECT p.stripe_transfer, count(*) || ' payouts of one transfer'
          FROM payments_payout p WHERE p.stripe_transfer IS NOT NULL
         GROUP BY p.stripe_transfer HAVING count(*) > 1
    """,
    "contradictions": """
        SELECT a.subject, a.verb || ' ' || a.reason
          FROM core_auditentry a WHERE a.verb IN ('payout_contradicted', 'transfer_orphan')
    """,
    "deposits": """
        SELECT 'deposit:' || d.id, d.state || ', and booked as ' || coalesce(sum(l.amount), 0)
          FROM payments_deposit d
          LEFT JOIN payments_ledgerentry e ON e.key = 'fund:' || d.payment_intent
          LEFT JOIN payments_ledgerleg l ON l.entry_id = e.id AND l.amount > 0
         GROUP BY d.id
        HAVING coalesce(sum(l.amount), 0) <> CASE WHEN d.state = 'paid' THEN d.amount_minor ELSE 0 END
    """,
    "work_paid": """
        SELECT 'assignment:' || a.id, a.state || ' with ' || count(e.id) || ' earnings'
          FROM tasks_assignment a LEFT JOIN payments_earning e
               ON e.source = 'assignment:' || a.id AND e.annotator_id = a.annotator_id
               AND e.amount_minor = a.price_minor AND e.currency = a.currency
         GROUP BY a.id
        HAVING count(e.id) <> CASE WHEN a.state = 'accepted' THEN 1 ELSE 0 END
    """,
    "reviews_paid": """
        SELECT 'review:' || r.id, r.state || ' with ' || count(e.id) || ' earnings'
          FROM tasks_reviewassignment r LEFT JOIN payments_earning e
               ON e.source = 'review:' || r.id AND e.annotator_id = r.payee_id
               AND e.amount_minor = r.price_minor AND e.currency = r.currency
         WHERE r.payee_id IS NOT NULL AND r.price_minor > 0
         GROUP BY r.id
        HAVING count(e.id) <> CASE WHEN r.state = 'done' THEN 1 ELSE 0 END
    """,
    "earned_for_nothing": """
        SELECT 'earning:' || e.id, e.source
          FROM payments_earning e
         WHERE NOT EXISTS (SELECT 1 FROM tasks_assignment a WHERE e.source = 'assignment:' || a.id)
           AND NOT EXISTS (SELECT 1 FROM tasks_reviewassignment r WHERE e.source = 'review:' || r.id)
    """,
    "unfunded_claims": """
        SELECT 'assignment:' || a.id, a.state || ', and its reservation is ' || coalesce(r.state, 'missing')
          FROM tasks_assignment a LEFT JOIN payments_reservation r ON r.holder = 'assignment:' || a.id
         WHERE coalesce(r.state, '') <> CASE
               WHEN a.state IN ('claimed', 'submitted', 'returned') THEN 'held'
               WHEN a.state = 'rejected' AND a.final_at IS NULL THEN 'held'
               WHEN a.state = 'accepted' THEN 'spent' ELSE 'released' END
    """,
    "slots": """
        SELECT 'task:' || t.id, count(a.id) || ' live claims and ' || t.open_slots || ' open of ' || t.overlap
          FROM tasks_task t LEFT JOIN tasks_assignment a
               ON a.task_id = t.id AND a.state IN ('claimed', 'submitted', 'returned', 'accepted')
         GROUP BY t.id
        HAVING count(a.id) + t.open_slots > t.overlap
    """,
    "annotator_twice": """
        SELECT 'task:' || a.task_id, count(*) || ' claims of annotator ' || a.annotator_id
          FROM tasks_assignment a
         WHERE a.state IN ('claimed', 'submitted', 'returned', 'accepted', 'rejected')
         GROUP BY a.task_id, a.annotator_id HAVING count(*) > 1
    """,
    "own_reviews": """
        SELECT 'review:' || r.id, 'the author of submission ' || s.id || ' is its reviewer'
          FROM tasks_review r
          JOIN tasks_submission s ON s.id = r.submission_id
          JOIN accounts_annotatorprofile p ON p.id = s.annotator_id
         WHERE p.user_id = r.reviewer_id
    """,
    "dead_jobs": """
        SELECT o.job || ' ' || o.id, left(o.last_error, 200)
          FROM core_outboxmessage o WHERE o.state = 'dead'
    """,
}


def view(name: str, query: str) -> migrations.RunSQL:
    """The function with the query, and the view on it."""
    return migrations.RunSQL(
        f"CREATE FUNCTION audit_{name}_rows() RETURNS TABLE (subject text, detail text) LANGUAGE sql STABLE "
        f"AS $audit${query}$audit$; "
        f"CREATE VIEW audit_{name} AS SELECT '{name}'::text AS proof, subject, detail FROM audit_{name}_rows()",
        f"DROP VIEW audit_{name}; DROP FUNCTION audit_{name}_rows()",
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("core", "0002_kernel"),
        ("accounts", "0001_initial"),
        ("payments", "0007_deposit_checks"),
        ("tasks", "0001_initial"),
    ]
    operations = [view(name, query) for name, query in CHECKS.items()]
