-- No literal has a colon before a letter: pgbench would take it for a variable.
-- An accepted answer, as `payments.actions.earnings.accrue` books it: the promise is spent, the
-- earning written, the act noted, the entry posted under the ledger's own guards.
\set place :place + 1
BEGIN;
SELECT id AS promise, pot, holder FROM payments_reservation
 WHERE holder = 'assignment' || ':' || 'bare-' || :client_id::bigint || '-' || :place::bigint
 ORDER BY holder FOR NO KEY UPDATE \gset
SELECT id AS annotator, core_now() + interval '7 days' AS held FROM accounts_annotatorprofile
 ORDER BY id OFFSET :client_id::bigint LIMIT 1 \gset
UPDATE payments_reservation SET state = 'spent', ended_at = core_now() WHERE id = :promise::uuid;
INSERT INTO payments_earning
    (id, annotator_id, reservation_id, kind, source, pot, label, currency, amount_minor, fee_minor,
     taken_minor, lines, state, hold_until, hold_reason)
VALUES (gen_random_uuid(), :annotator::uuid, :promise::uuid, 'work', :holder::text, :pot::text,
        'Accepted answer', 'usd', :price::bigint, :fee::bigint, 0,
        jsonb_build_array(jsonb_build_object('kind', 'base', 'amount_minor', :price::bigint)),
        'pending', :held::timestamptz, 'Accepted work is held before it can be paid.');
INSERT INTO core_auditentry (actor, verb, subject, reason, data, request_id)
VALUES ('command' || ':' || 'bench', 'accrued', 'earning:' || :holder::text, '', '{}'::jsonb, '');
SELECT e.key, a.kind, l.amount FROM payments_ledgerentry e
  JOIN payments_ledgerleg l ON l.entry_id = e.id
  JOIN payments_ledgeraccount a ON a.id = l.account_id
 WHERE e.key = 'accept:' || :holder::text;
INSERT INTO payments_ledgeraccount
    (kind, owner_key, currency, min_balance, tracked, balance, version)
VALUES ('annotator_pending', 'annotator:' || :annotator::text, 'usd', 0, true, 0, 0),
       ('platform_fee', 'platform', 'usd', NULL, false, 0, 0) ON CONFLICT DO NOTHING;
SELECT id, balance FROM payments_ledgeraccount
 WHERE currency = 'usd' AND tracked
   AND (kind, owner_key) IN (('project_reserved', :pot::text),
                             ('annotator_pending', 'annotator:' || :annotator::text))
 ORDER BY id FOR NO KEY UPDATE;
WITH entry AS (
    INSERT INTO payments_ledgerentry (key, kind, data)
    VALUES ('accept:' || :holder::text, 'accept', jsonb_build_object('by', 'command' || ':' || 'bench'))
    ON CONFLICT (key) DO NOTHING RETURNING id
)
INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount)
SELECT entry.id, account.id, 'usd', moved.amount
  FROM entry, (VALUES ('project_reserved', :pot::text, -(:price::bigint + :fee::bigint)::bigint),
                      ('annotator_pending', 'annotator:' || :annotator::text, :price::bigint),
                      ('platform_fee', 'platform', :fee::bigint)) AS moved (kind, owner_key, amount)
  JOIN payments_ledgeraccount account USING (kind, owner_key)
 WHERE account.currency = 'usd';
COMMIT;
