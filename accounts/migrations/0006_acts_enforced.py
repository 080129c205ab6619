"""Nothing is done against an annotator without its act, written in the same transaction.

Plain triggers, which no session variable turns off. `accounts_act_needed` is the one question; the
apps above ask it too. Acts themselves are never changed, but for their one reversal.
"""

from django.db import migrations, models

import accounts.models.adverse

# What was done before is written down as such.
BACKFILL = """
INSERT INTO accounts_adverseact
       (id, annotator_id, kind, subject, rule, policy_version, evidence, text, by, at, reversed_why)
SELECT gen_random_uuid(), annotator_id, 'pause', 'pause:' || id, 'before.policy', 0, '{}'::varchar[],
       left(reason, 4000), made_by, made_at, '' FROM accounts_pause
UNION ALL
SELECT gen_random_uuid(), annotator_id, 'qualification_loss', 'grant:' || id, 'before.policy', 0,
       '{}', left(revoked_why, 4000), revoked_by, revoked_at, '' FROM accounts_qualificationgrant
 WHERE revoked_at IS NOT NULL
   AND (expires_on IS NULL OR expires_on >= (revoked_at AT TIME ZONE 'UTC')::date)
UNION ALL
SELECT gen_random_uuid(), id, 'removal', 'annotator:' || id, 'before.policy', 0, '{}'::varchar[],
       'Suspended before acts were written down; the notice of that day says why.', 'system:policy',
       core_now(), '' FROM accounts_annotatorprofile WHERE state = 'suspended';
SET CONSTRAINTS ALL IMMEDIATE;
"""

ACTS = """
CREATE FUNCTION accounts_adverse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL
           AND (to_jsonb(NEW) - 'reversed_at' - 'reversed_why')
               = (to_jsonb(OLD) - 'reversed_at' - 'reversed_why') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on %: an act is never changed, but reversed once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER accounts_adverse_frozen BEFORE UPDATE OR DELETE ON accounts_adverseact
    FOR EACH ROW EXECUTE FUNCTION accounts_adverse_frozen();
CREATE TRIGGER accounts_adverse_frozen_whole BEFORE TRUNCATE ON accounts_adverseact
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_adverse_frozen();

CREATE FUNCTION accounts_act_needed(of text, about text, against uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_adverseact act
      WHERE act.subject = about AND act.kind = of AND act.annotator_id = against
        AND act.reversed_at IS NULL AND act.xact = (pg_current_xact_id()::text)::bigint;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% of %: nothing is done against an annotator without its act', of, about
            USING ERRCODE = '23514';
    END IF;
END $$;
"""

PAUSES = """
CREATE FUNCTION accounts_pause_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('pause', 'pause:' || NEW.id, NEW.annotator_id);
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_pause_made AFTER INSERT ON accounts_pause
    FOR EACH ROW EXECUTE FUNCTION accounts_pause_has_act();
-- longer, wider or again
CREATE TRIGGER accounts_pause_harsher AFTER UPDATE ON accounts_pause FOR EACH ROW
    WHEN (NEW.lifted_at IS NULL AND OLD.lifted_at IS NOT NULL
          OR coalesce(NEW.until, 'infinity') > coalesce(OLD.until, 'infinity')
          OR (NEW.annotator_id, NEW.domain_id, NEW.organization_id, NEW.project_id)
             IS DISTINCT FROM
             (OLD.annotator_id, OLD.domain_id, OLD.organization_id, OLD.project_id))
    EXECUTE FUNCTION accounts_pause_has_act();
"""

ANNOTATORS = """
CREATE FUNCTION accounts_removal_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('removal', 'annotator:' || NEW.id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_removed AFTER UPDATE ON accounts_annotatorprofile FOR EACH ROW
    WHEN (NEW.state = 'suspended' AND OLD.state <> 'suspended')
    EXECUTE FUNCTION accounts_removal_has_act();
CREATE TRIGGER accounts_made_removed AFTER INSERT ON accounts_annotatorprofile FOR EACH ROW
    WHEN (NEW.state = 'suspended') EXECUTE FUNCTION accounts_removal_has_act();

CREATE FUNCTION accounts_tier_loss_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('tier_loss', 'annotator:' || NEW.id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_tier_lost AFTER UPDATE ON accounts_annotatorprofile FOR EACH ROW
    WHEN (NEW.tier < OLD.tier) EXECUTE FUNCTION accounts_tier_loss_has_act();
"""

# A grant whose last day is over ends by itself; that is nobody's act.
GRANTS = """
CREATE FUNCTION accounts_grant_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NULL AND (OLD.expires_on IS NULL
       OR OLD.expires_on >= (core_now() AT TIME ZONE 'UTC')::date) THEN
        PERFORM accounts_act_needed('qualification_loss', 'grant:' || OLD.id, OLD.annotator_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_grant_lost AFTER UPDATE ON accounts_qualificationgrant FOR EACH ROW
    WHEN (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL
          OR coalesce(NEW.expires_on, 'infinity') < coalesce(OLD.expires_on, 'infinity')
          OR NEW.annotator_id <> OLD.annotator_id
          OR NEW.qualification_id <> OLD.qualification_id)
    EXECUTE FUNCTION accounts_grant_has_act();
CREATE TRIGGER accounts_grant_deleted AFTER DELETE ON accounts_qualificationgrant
    FOR EACH ROW EXECUTE FUNCTION accounts_grant_has_act();
"""

UNDO = """
DROP FUNCTION accounts_grant_has_act() CASCADE;
DROP FUNCTION accounts_tier_loss_has_act() CASCADE;
DROP FUNCTION accounts_removal_has_act() CASCADE;
DROP FUNCTION accounts_pause_has_act() CASCADE;
DROP FUNCTION accounts_act_needed(text, text, uuid);
DROP FUNCTION accounts_adverse_frozen() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_adverse_acts"), ("core", "0001_clock")]
    operations = [
        migrations.AddField(
            model_name="adverseact",
            name="xact",
            field=models.BigIntegerField(
                db_default=accounts.models.adverse.Transaction(), editable=False
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(ACTS + PAUSES + ANNOTATORS + GRANTS, UNDO),
    ]
