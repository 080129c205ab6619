"""The audit of quality: gold takes no slots; skills, requests and results agree with their records."""

from django.db import migrations

CHECKS = {
    "slots": """
        SELECT 'task:' || t.id, count(a.id) || ' live claims and ' || t.open_slots || ' open of ' || t.overlap
          FROM tasks_task t LEFT JOIN tasks_assignment a
               ON a.task_id = t.id AND a.state IN ('claimed', 'submitted', 'returned', 'accepted')
         WHERE NOT EXISTS (SELECT 1 FROM tasks_gold g WHERE g.task_id = t.id)
         GROUP BY t.id
        HAVING count(a.id) + t.open_slots > t.overlap
    """,
    "skills": """
        SELECT 'skill:' || s.id, 'Beta(' || s.alpha || ', ' || s.beta || ') kept, and its last event says Beta('
               || e.alpha_after || ', ' || e.beta_after || ')'
          FROM tasks_skill s
          JOIN LATERAL (SELECT alpha_after, beta_after FROM tasks_skillevent e
                         WHERE e.annotator_id = s.annotator_id AND e.domain_id = s.domain_id
                         ORDER BY e.at DESC, e.id DESC LIMIT 1) e ON true
         WHERE abs(s.alpha - e.alpha_after) > 1e-9 OR abs(s.beta - e.beta_after) > 1e-9
    """,
    "review_requests": """
        SELECT 'reviewrequest:' || r.id, r.state || ' with ' || count(a.id) || ' live claims'
          FROM tasks_reviewrequest r LEFT JOIN tasks_reviewassignment a
               ON a.request_id = r.id AND a.state IN ('claimed', 'done')
         GROUP BY r.id
        HAVING (r.state IN ('taken', 'done')) <> (count(a.id) > 0)
    """,
    "gold_results": """
        SELECT 'task:' || g.task_id, 'gold with a result'
          FROM tasks_gold g JOIN tasks_result r ON r.task_id = g.task_id
    """,
}


def replaced(name: str, query: str) -> migrations.RunSQL:
    """The function with another query; the view on it stays."""
    return migrations.RunSQL(
        f"CREATE OR REPLACE FUNCTION audit_{name}_rows() RETURNS TABLE (subject text, detail text) LANGUAGE sql STABLE "
        f"AS $audit${query}$audit$; "
        f"CREATE OR REPLACE VIEW audit_{name} AS SELECT '{name}'::text AS proof, subject, detail "
        f"FROM audit_{name}_rows()",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [("ops", "0002_audit_of_adjudications"), ("tasks", "0021_adjudication_desk")]
    operations = [replaced(name, query) for name, query in CHECKS.items()]
