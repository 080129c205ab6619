"""Submissions are never changed, deleted or truncated: plain triggers, which no session variable
turns off.
"""

from django.db import migrations

FROZEN = """
CREATE FUNCTION tasks_submission_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %: a submission is never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER tasks_frozen BEFORE UPDATE OR DELETE ON tasks_submission
    FOR EACH ROW EXECUTE FUNCTION tasks_submission_frozen();
CREATE TRIGGER tasks_frozen_whole BEFORE TRUNCATE ON tasks_submission
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_submission_frozen();
"""

UNDO = "DROP FUNCTION tasks_submission_frozen() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0003_no_switchable_trigger")]
    operations = [migrations.RunSQL(FROZEN, UNDO)]
