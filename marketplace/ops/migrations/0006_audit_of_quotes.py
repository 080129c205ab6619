"""The audit of quotes: work is paid within what was reserved, and never below its quoted base."""

from importlib import import_module

from django.db import migrations

replaced = import_module("marketplace.ops.migrations.0003_audit_of_quality").replaced
view = import_module("marketplace.ops.migrations.0001_audit").view

CHANGED = {
    "work_paid": """
        SELECT 'assignment:' || a.id, a.state || ' with ' || count(e.id) || ' earnings'
          FROM tasks_assignment a LEFT JOIN payments_earning e
               ON e.source = 'assignment:' || a.id AND e.annotator_id = a.annotator_id
               AND e.kind = 'work' AND e.currency = a.currency
               AND CASE WHEN a.quote = '{}' THEN e.amount_minor = a.price_minor
                        ELSE e.amount_minor <= a.price_minor AND e.fee_minor <= a.fee_minor END
         GROUP BY a.id
        HAVING count(e.id) <> CASE WHEN a.state = 'accepted' THEN 1 ELSE 0 END
    """,
}
ADDED = {
    "quotes": """
        SELECT 'assignment:' || a.id,
               coalesce(e.amount_minor::text, 'nothing') || ' paid, ' || (a.quote ->> 'base_minor') || ' base, '
               || (a.quote ->> 'most_minor') || ' most, ' || a.price_minor || ' reserved'
          FROM tasks_assignment a
          LEFT JOIN payments_earning e ON e.source = 'assignment:' || a.id AND e.kind = 'work'
         WHERE a.quote <> '{}'
           AND (a.price_minor <> (a.quote ->> 'most_minor')::bigint
                OR a.fee_minor <> (a.quote ->> 'fee_minor')::bigint
                OR (a.quote ->> 'model' = 'submission'
                    AND e.amount_minor < (a.quote ->> 'base_minor')::bigint))
    """,
}


class Migration(migrations.Migration):
    dependencies = [("ops", "0005_audit_of_refunds"), ("tasks", "0029_quotes")]
    operations = [
        *[replaced(name, query) for name, query in CHANGED.items()],
        *[view(name, query) for name, query in ADDED.items()],
    ]
