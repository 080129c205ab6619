"""`payments_reserve()`: one call inside a claim, so that nobody works unfunded.

It locks both pots of the project in id order, answers false when the free funds are short (and
leaves everything as it was), or else moves price and fee to the reserve and keeps the promise as a
reservation. A holder that already holds the same promise gets true again; a holder known with
another one is an error (23505).
"""

from django.db import migrations

RESERVE = """
CREATE FUNCTION payments_reserve(
    p_id uuid, p_holder text, p_pot text, p_organization uuid, p_currency text,
    p_price bigint, p_fee bigint, p_by text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    need bigint := p_price + p_fee;
    funds payments_ledgeraccount%ROWTYPE;
    reserve_id bigint;
    known payments_reservation%ROWTYPE;
BEGIN
    SELECT id INTO reserve_id FROM payments_ledgeraccount
     WHERE kind = 'project_reserved' AND owner_key = p_pot AND currency = p_currency;
    IF NOT FOUND THEN
        INSERT INTO payments_ledgeraccount (kind, owner_key, currency, min_balance, tracked, balance, version)
        VALUES ('project_reserved', p_pot, p_currency, 0, true, 0, 0) ON CONFLICT DO NOTHING;
        SELECT id INTO STRICT reserve_id FROM payments_ledgeraccount
         WHERE kind = 'project_reserved' AND owner_key = p_pot AND currency = p_currency;
    END IF;
    PERFORM 1 FROM payments_ledgeraccount
      WHERE owner_key = p_pot AND currency = p_currency AND kind IN ('project_funds', 'project_reserved')
      ORDER BY id FOR NO KEY UPDATE;

    SELECT * INTO known FROM payments_reservation WHERE holder = p_holder;
    IF FOUND THEN
        IF known.state = 'held' AND (known.pot, known.currency, known.price_minor, known.fee_minor)
                                    = (p_pot, p_currency, p_price, p_fee) THEN
            RETURN true;
        END IF;
        RAISE EXCEPTION 'the reservation of % is another one', p_holder USING ERRCODE = '23505';
    END IF;

    SELECT * INTO funds FROM payments_ledgeraccount
     WHERE kind = 'project_funds' AND owner_key = p_pot AND currency = p_currency;
    IF NOT FOUND OR funds.balance < need THEN
        RETURN false;
    END IF;

    WITH promise AS (
        INSERT INTO payments_reservation
            (id, holder, pot, organization_id, currency, price_minor, fee_minor, state)
        VALUES (p_id, p_holder, p_pot, p_organization, p_currency, p_price, p_fee, 'held')
    ), entry AS (
        INSERT INTO payments_ledgerentry (key, kind, data)
        VALUES ('reserve:' || p_holder, 'reserve', jsonb_build_object('by', p_by)) RETURNING id
    )
    INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount)
    SELECT entry.id, leg.account_id, p_currency, leg.amount
      FROM entry, (VALUES (funds.id, -need), (reserve_id, need)) AS leg (account_id, amount);
    RETURN true;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_chart_and_guard")]
    operations = [
        migrations.RunSQL(
            RESERVE,
            "DROP FUNCTION payments_reserve(uuid, text, text, uuid, text, bigint, bigint, text)",
        )
    ]
