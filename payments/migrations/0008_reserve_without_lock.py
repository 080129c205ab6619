"""`payments_reserve()` looks before it locks: a pot that is short is left alone.

A claim that finds one short goes on to the next project, and would otherwise hold the locks of
both: two claims could then wait for each other.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("payments.migrations.0003_reserve").RESERVE
AFTER = BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "BEGIN\n",
    """BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_ledgeraccount
                    WHERE kind = 'project_funds' AND owner_key = p_pot AND currency = p_currency
                      AND balance >= need)
       AND NOT EXISTS (SELECT 1 FROM payments_reservation WHERE holder = p_holder) THEN
        RETURN false;
    END IF;
""",
    1,
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_deposit_checks")]
    operations = [
        migrations.RunSQL(
            AFTER, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        )
    ]
