"""Events of skills are never changed, deleted or truncated: plain triggers, which no session
variable turns off.
"""

from django.db import migrations

FROZEN = """
CREATE FUNCTION tasks_skill_event_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %: an event of a skill is never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER tasks_frozen BEFORE UPDATE OR DELETE ON tasks_skillevent
    FOR EACH ROW EXECUTE FUNCTION tasks_skill_event_frozen();
CREATE TRIGGER tasks_frozen_whole BEFORE TRUNCATE ON tasks_skillevent
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_skill_event_frozen();
"""

UNDO = "DROP FUNCTION tasks_skill_event_frozen() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0011_requests_required")]
    operations = [migrations.RunSQL(FROZEN, UNDO)]
