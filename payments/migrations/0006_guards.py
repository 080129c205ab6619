"""The ledger's guards, as plain triggers: no session variable turns them off.

- All legs of an entry come in one INSERT. Its statement trigger refuses legs that do not sum to
zero per entry and
  currency, legs on an account of another currency, and legs for an entry that has some already (it
  is sealed); then it moves the balances of the tracked accounts, once for each account. The
  accounts' checks refuse an overdraft.
- An entry without legs is refused at commit.
- Entries and legs are never changed, deleted or truncated; accounts open empty, keep their
identity, are never
  deleted, and their balance moves only from inside the leg trigger.
"""

from django.db import migrations

FROZEN = """
CREATE FUNCTION payments_ledger_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %: the ledger is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE TRIGGER payments_frozen BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_frozen();
CREATE TRIGGER payments_frozen BEFORE UPDATE OR DELETE ON payments_ledgerleg
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_frozen();
CREATE TRIGGER payments_frozen_whole BEFORE TRUNCATE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_frozen();
CREATE TRIGGER payments_frozen_whole BEFORE TRUNCATE ON payments_ledgerleg
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_frozen();
CREATE TRIGGER payments_frozen_whole BEFORE TRUNCATE ON payments_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_frozen();
"""

LEGS = """
CREATE FUNCTION payments_legs_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    SELECT entry_id, currency, sum(amount) AS off INTO bad FROM added
     GROUP BY entry_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance: % %', bad.entry_id, bad.off, bad.currency
            USING ERRCODE = '23514';
    END IF;

    SELECT added.currency, a.currency AS other INTO bad
      FROM added LEFT JOIN payments_ledgeraccount a ON a.id = added.account_id
     WHERE a.currency IS DISTINCT FROM added.currency LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a % leg on a % account', bad.currency, bad.other USING ERRCODE = '23514';
    END IF;

    SELECT n.entry_id INTO bad
      FROM (SELECT entry_id, count(*) AS n FROM added GROUP BY entry_id) n
     WHERE n.n <> (SELECT count(*) FROM payments_ledgerleg l WHERE l.entry_id = n.entry_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is sealed', bad.entry_id USING ERRCODE = '23514';
    END IF;

    UPDATE payments_ledgeraccount a SET balance = a.balance + moved.amount, version = a.version + 1
      FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) moved
     WHERE a.id = moved.account_id AND a.tracked;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_legs_added AFTER INSERT ON payments_ledgerleg
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION payments_legs_added();

CREATE FUNCTION payments_entry_has_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_ledgerleg WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no legs', NEW.id USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_entry_has_legs AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_has_legs();
"""

ACCOUNTS = """
CREATE FUNCTION payments_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ledger accounts are never deleted' USING ERRCODE = '42501';
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.balance <> 0 OR NEW.version <> 0 THEN
            RAISE EXCEPTION 'a ledger account is opened empty' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.balance <> OLD.balance OR NEW.version <> OLD.version) AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a balance is moved by legs only' USING ERRCODE = '42501';
    END IF;
    IF (NEW.id, NEW.kind, NEW.owner_key, NEW.currency, NEW.tracked, NEW.min_balance, NEW.max_balance)
       IS DISTINCT FROM
       (OLD.id, OLD.kind, OLD.owner_key, OLD.currency, OLD.tracked, OLD.min_balance, OLD.max_balance) THEN
        RAISE EXCEPTION 'the identity of a ledger account is fixed' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_account_guard BEFORE INSERT OR UPDATE OR DELETE ON payments_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION payments_account_guard();
"""

UNDO = """
DROP FUNCTION payments_ledger_frozen() CASCADE;
DROP FUNCTION payments_legs_added() CASCADE;
DROP FUNCTION payments_entry_has_legs() CASCADE;
DROP FUNCTION payments_account_guard() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_no_switchable_triggers")]
    operations = [migrations.RunSQL(FROZEN + LEGS + ACCOUNTS, UNDO)]
