-- No literal has a colon before a letter: pgbench would take it for a variable.
-- An accepted answer in the four statements by which `payments.actions.earnings.accrue` books it:
-- the promise is locked and what decides the hold is read; earning, promise and the act are written;
-- the purses are locked; the entry is posted under the ledger's own guards.
\set place :place + 1
BEGIN;
WITH promise AS MATERIALIZED (
    SELECT id, holder, pot, currency, price_minor, fee_minor, state FROM payments_reservation
     WHERE holder = ANY(ARRAY['assignment' || ':' || 'bare-' || :client_id::bigint || '-' || :place::bigint])
     ORDER BY holder FOR NO KEY UPDATE
)
SELECT promise.id AS promise, annotator_id AS annotator, holder, pot, currency, price_minor, fee_minor, state,
       core_now() AS now,
       (EXISTS (SELECT FROM accounts_annotatorprofile who
                 WHERE who.id = asked.annotator_id AND who.tier >= 2)
        OR EXISTS (SELECT FROM payments_payout sent
                    WHERE sent.annotator_id = asked.annotator_id
                      AND sent.state = ANY(ARRAY['sent', 'part_reversed', 'reversed'])
                      AND sent.sent_at <= core_now() - interval '30 days'))
       AND NOT EXISTS (SELECT FROM accounts_adverseact act
                        WHERE act.annotator_id = asked.annotator_id
                          AND act.kind = ANY(ARRAY['pay_withheld', 'pay_taken'])
                          AND act.reversed_at IS NULL
                          AND act.at >= core_now() - interval '90 days') AS trusted
  FROM unnest(ARRAY['assignment' || ':' || 'bare-' || :client_id::bigint || '-' || :place::bigint],
              ARRAY(SELECT id FROM accounts_annotatorprofile
                     ORDER BY id OFFSET :client_id::bigint LIMIT 1)
             ) WITH ORDINALITY AS asked (holder, annotator_id, place)
  JOIN promise USING (holder) ORDER BY place \gset
WITH earned AS (
    INSERT INTO payments_earning
        (id, annotator_id, reservation_id, kind, source, pot, label, currency, amount_minor,
         fee_minor, taken_minor, lines, state, hold_until, hold_reason, created_at)
    VALUES (gen_random_uuid(), :annotator::uuid, :promise::uuid, 'work', :holder::text, :pot::text,
            'Accepted answer', 'usd', :price::bigint, :fee::bigint, 0,
            jsonb_build_array(jsonb_build_object(
                'kind', 'base', 'amount_minor', :price::bigint, 'text', 'Accepted answer')),
            'pending', :now::timestamptz + interval '7 days',
            'Held for 7 days while you are new here, later for 1.', :now::timestamptz)
    RETURNING reservation_id
), spent AS (
    UPDATE payments_reservation SET state = 'spent', ended_at = core_now()
      FROM earned WHERE id = reservation_id
)
INSERT INTO core_auditentry (actor, verb, subject, reason, data, request_id)
VALUES ('command' || ':' || 'bench', 'accrued', 'earning:' || :holder::text, '',
        jsonb_build_object('amount_minor', :price::bigint), '');
WITH wanted AS (
    SELECT * FROM (VALUES ('annotator_pending', 'annotator:' || :annotator::text, 'usd'),
                          ('platform_fee', 'platform', 'usd'),
                          ('project_reserved', :pot::text, 'usd')) AS w (kind, owner_key, currency)
),
held AS MATERIALIZED (
    SELECT a.id, a.kind, a.owner_key, a.currency, a.balance, a.min_balance, a.max_balance
      FROM payments_ledgeraccount a JOIN wanted USING (kind, owner_key, currency)
     WHERE a.tracked ORDER BY a.id FOR NO KEY UPDATE OF a
)
SELECT * FROM held UNION ALL
SELECT a.id, a.kind, a.owner_key, a.currency, NULL, NULL, NULL
  FROM payments_ledgeraccount a JOIN wanted USING (kind, owner_key, currency) WHERE NOT a.tracked;
WITH asked AS MATERIALIZED (SELECT 'accept:' || :holder::text AS key),
entry AS (
    INSERT INTO payments_ledgerentry (key, kind, data)
    SELECT key, 'accept', jsonb_build_object('by', 'command' || ':' || 'bench') FROM asked
     WHERE NOT EXISTS (SELECT FROM asked known JOIN payments_ledgerentry was USING (key))
    ON CONFLICT (key) DO NOTHING RETURNING id, key
), leg AS (
    INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount)
    SELECT entry.id, account.id, 'usd', moved.amount
      FROM entry, (VALUES
          ('project_reserved', :pot::text, -(:price::bigint + :fee::bigint)::bigint),
          ('annotator_pending', 'annotator:' || :annotator::text, :price::bigint),
          ('platform_fee', 'platform', :fee::bigint)) AS moved (kind, owner_key, amount)
      JOIN payments_ledgeraccount account USING (kind, owner_key)
     WHERE account.currency = 'usd'
)
SELECT key FROM entry;
COMMIT;
