"""Entries of the audit trail are never changed, deleted or truncated: plain triggers, which no
session variable turns off.
"""

from django.db import migrations

FROZEN = """
CREATE FUNCTION core_audit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %: the audit trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER core_frozen BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_audit_frozen();
CREATE TRIGGER core_frozen_whole BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_frozen();
"""

UNDO = "DROP FUNCTION core_audit_frozen() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("core", "0004_no_switchable_triggers")]
    operations = [migrations.RunSQL(FROZEN, UNDO)]
