"""No pay is taken back without its act, and a client's frozen pots promise nothing.

`payments_reserve()` is changed as it stands, not written anew, so that what others add to it stays.
"""

from django.db import migrations

ACTS = """
CREATE FUNCTION payments_taken_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('pay_taken', 'clawback:' || NEW.id, NEW.annotator_id);
    RETURN NULL;
END $$;
CREATE TRIGGER payments_taken_by_act AFTER UPDATE ON payments_clawback FOR EACH ROW
    WHEN (NEW.state = 'booked' AND OLD.state <> 'booked')
    EXECUTE FUNCTION payments_taken_has_act();
CREATE TRIGGER payments_made_taken_by_act AFTER INSERT ON payments_clawback FOR EACH ROW
    WHEN (NEW.state IN ('booked', 'reversed')) EXECUTE FUNCTION payments_taken_has_act();
"""
CHECK = """IF EXISTS (SELECT 1 FROM payments_clientfreeze
                WHERE organization_id = p_organization AND lifted_at IS NULL) THEN
        RETURN false;
    END IF;

    """
ANCHOR = "SELECT * INTO funds"
EDIT = """
DO $edit$
DECLARE
    was text := pg_get_functiondef((SELECT oid FROM pg_proc WHERE proname = 'payments_reserve'));
BEGIN
    IF position($a${before}$a$ in was) = 0 THEN
        RAISE EXCEPTION 'payments_reserve() is not as expected';
    END IF;
    EXECUTE replace(was, $a${before}$a$, $a${after}$a$);
END $edit$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0018_taken_back"), ("accounts", "0009_pay_taken")]
    operations = [
        migrations.RunSQL(ACTS, "DROP FUNCTION payments_taken_has_act() CASCADE;"),
        migrations.RunSQL(
            EDIT.format(before=ANCHOR, after=CHECK + ANCHOR),
            EDIT.format(before=CHECK + ANCHOR, after=ANCHOR),
        ),
    ]
