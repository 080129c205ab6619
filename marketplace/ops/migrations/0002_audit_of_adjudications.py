"""The audit of adjudications: each one that was done is paid, and their earnings are known."""

from django.db import migrations

CHECKS = {
    "adjudications_paid": """
        SELECT 'adjudication:' || c.id, c.state || ' with ' || count(e.id) || ' earnings'
          FROM tasks_adjudicationassignment c LEFT JOIN payments_earning e
               ON e.source = 'adjudication:' || c.id AND e.annotator_id = c.payee_id
               AND e.amount_minor = c.price_minor AND e.currency = c.currency
         WHERE c.price_minor > 0
         GROUP BY c.id
        HAVING count(e.id) <> CASE WHEN c.state = 'done' THEN 1 ELSE 0 END
    """,
    "earned_for_nothing": """
        SELECT 'earning:' || e.id, e.source
          FROM payments_earning e
         WHERE NOT EXISTS (SELECT 1 FROM tasks_assignment a WHERE e.source = 'assignment:' || a.id)
           AND NOT EXISTS (SELECT 1 FROM tasks_reviewassignment r WHERE e.source = 'review:' || r.id)
           AND NOT EXISTS (SELECT 1 FROM tasks_adjudicationassignment c
                            WHERE e.source = 'adjudication:' || c.id)
    """,
}


def replaced(name: str, query: str) -> migrations.RunSQL:
    """The function with another query, and the view on it."""
    return migrations.RunSQL(
        f"CREATE OR REPLACE FUNCTION audit_{name}_rows() RETURNS TABLE (subject text, detail text) "
        f"LANGUAGE sql STABLE AS $audit${query}$audit$; "
        f"CREATE OR REPLACE VIEW audit_{name} AS SELECT '{name}'::text AS proof, subject, detail "
        f"FROM audit_{name}_rows()",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [("ops", "0001_audit"), ("tasks", "0021_adjudication_desk")]
    operations = [replaced(name, query) for name, query in CHECKS.items()]
