"""No answer is rejected without its act: about this assignment, of this transaction."""

from django.db import migrations, models

BACKFILL = """
INSERT INTO accounts_adverseact
       (id, annotator_id, kind, subject, rule, policy_version, evidence, text, by, at, reversed_why)
SELECT gen_random_uuid(), a.annotator_id, 'rejection', 'assignment:' || a.id, 'before.policy', 0,
       ARRAY['review:' || last.id], left(last.text, 4000), 'staff:' || last.reviewer_id,
       coalesce(a.decided_at, last.decided_at), ''
  FROM tasks_assignment a
 CROSS JOIN LATERAL (
     SELECT review.* FROM tasks_review review
       JOIN tasks_submission s ON s.id = review.submission_id
      WHERE s.assignment_id = a.id AND review.verdict = 'reject'
      ORDER BY review.decided_at DESC LIMIT 1) last
 WHERE a.state = 'rejected' AND a.adverse_act_id IS NULL;
UPDATE tasks_assignment a SET adverse_act_id = act.id
  FROM accounts_adverseact act
 WHERE a.state = 'rejected' AND a.adverse_act_id IS NULL AND act.subject = 'assignment:' || a.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""

REJECTIONS = """
CREATE FUNCTION tasks_rejection_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('rejection', 'assignment:' || NEW.id, NEW.annotator_id);
    PERFORM 1 FROM accounts_adverseact act
      WHERE act.id = NEW.adverse_act_id AND act.subject = 'assignment:' || NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'assignment %: its act is about something else', NEW.id
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_rejected AFTER UPDATE ON tasks_assignment FOR EACH ROW
    WHEN (NEW.state = 'rejected' AND (OLD.state <> 'rejected'
          OR NEW.adverse_act_id IS DISTINCT FROM OLD.adverse_act_id
          OR NEW.annotator_id <> OLD.annotator_id))
    EXECUTE FUNCTION tasks_rejection_has_act();
CREATE TRIGGER tasks_made_rejected AFTER INSERT ON tasks_assignment FOR EACH ROW
    WHEN (NEW.state = 'rejected') EXECUTE FUNCTION tasks_rejection_has_act();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_acts_enforced"),
        ("tasks", "0015_rules_and_signals"),
    ]
    operations = [
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "rejected"), _negated=True),
                    ("adverse_act__isnull", False),
                    _connector="OR",
                ),
                name="tasks_assignment_rejected_by_act",
            ),
        ),
        migrations.RunSQL(REJECTIONS, "DROP FUNCTION tasks_rejection_has_act() CASCADE;"),
    ]
