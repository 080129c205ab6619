"""The audit of claims that were called off: one kill fee, or the promise given back."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
view = import_module("marketplace.ops.migrations.0001_audit").view

CHANGED = {
    "unfunded_claims": """
        SELECT 'assignment:' || a.id, a.state || ', and its reservation is ' || coalesce(r.state, 'missing')
          FROM tasks_assignment a LEFT JOIN payments_reservation r ON r.holder = 'assignment:' || a.id
         WHERE a.state <> 'cancelled' AND coalesce(r.state, '') <> CASE
               WHEN a.state IN ('claimed', 'submitted', 'returned') THEN 'held'
               WHEN a.state = 'rejected' AND a.final_at IS NULL THEN 'held'
               WHEN a.state = 'accepted' THEN 'spent' ELSE 'released' END
    """,
}
ADDED = {
    "kill_fees": """
        SELECT 'assignment:' || a.id,
               a.state || ' with ' || count(e.id) || ' kill fees, and its reservation is ' || coalesce(r.state, 'missing')
          FROM tasks_assignment a
          LEFT JOIN payments_reservation r ON r.holder = 'assignment:' || a.id
          LEFT JOIN payments_earning e ON e.source = 'assignment:' || a.id AND e.kind = 'kill_fee'
               AND e.annotator_id = a.annotator_id AND e.currency = a.currency AND e.amount_minor <= a.price_minor
         WHERE a.state = 'cancelled' OR e.id IS NOT NULL
         GROUP BY a.id, r.state
        HAVING a.state <> 'cancelled' OR coalesce(r.state, '') NOT IN ('spent', 'released')
            OR count(e.id) <> CASE WHEN r.state = 'spent' THEN 1 ELSE 0 END
    """,
}


class Migration(migrations.Migration):
    dependencies = [("ops", "0006_audit_of_quotes"), ("tasks", "0030_ends_of_claims")]
    operations = [
        *[replaced(name, query) for name, query in CHANGED.items()],
        *[view(name, query) for name, query in ADDED.items()],
    ]
