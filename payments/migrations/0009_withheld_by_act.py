"""No pay is withheld without its act: a payout frozen, or an earning held for longer."""

from django.db import migrations

WITHHELD = """
CREATE FUNCTION payments_withheld_has_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_act_needed('pay_withheld', TG_ARGV[0] || NEW.id, NEW.annotator_id);
    RETURN NULL;
END $$;
CREATE TRIGGER payments_frozen_by_act AFTER UPDATE ON payments_payout FOR EACH ROW
    WHEN (NEW.state = 'frozen' AND OLD.state <> 'frozen')
    EXECUTE FUNCTION payments_withheld_has_act('payout:');
CREATE TRIGGER payments_made_frozen_by_act AFTER INSERT ON payments_payout FOR EACH ROW
    WHEN (NEW.state = 'frozen') EXECUTE FUNCTION payments_withheld_has_act('payout:');
CREATE TRIGGER payments_held_by_act AFTER UPDATE ON payments_earning FOR EACH ROW
    WHEN (NEW.hold_until > OLD.hold_until)
    EXECUTE FUNCTION payments_withheld_has_act('earning:');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_reserve_without_lock"),
        ("accounts", "0006_acts_enforced"),
    ]
    operations = [
        migrations.RunSQL(WITHHELD, "DROP FUNCTION payments_withheld_has_act() CASCADE;")
    ]
