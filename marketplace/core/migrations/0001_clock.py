"""The clock: its offset row and the SQL function `core_now()`, which every later table uses as a default."""

import datetime as dt

from django.db import migrations, models

CORE_NOW = """
CREATE FUNCTION core_now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('marketplace.clock_movable', true) = 'on' THEN
        RETURN clock_timestamp() + coalesce((SELECT "offset" FROM core_clockoffset WHERE id = 1), interval '0');
    END IF;
    RETURN clock_timestamp();
END $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="ClockOffset",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("offset", models.DurationField(default=dt.timedelta)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="core_clock_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("offset__gte", dt.timedelta(0))), name="core_clock_forward"
                    ),
                ],
            },
        ),
        migrations.RunSQL(CORE_NOW, "DROP FUNCTION core_now()"),
    ]
