-- All accepted work paid for: reserved, earned, matured, paid out. The triggers are off: they move one
-- balance a leg, and a million moves of the same pots in one transaction take an hour. The balances
-- are set to the sums of the legs instead.
SET LOCAL statement_timeout = 0;
SET LOCAL session_replication_role = replica;
CREATE TEMP TABLE bench_work ON COMMIT DROP AS
SELECT work.id, 'project:' || project.id AS pot, project.organization_id, work.annotator_id,
       'annotator:' || work.annotator_id AS purse, work.price_minor AS price, work.fee_minor AS fee,
       work.claimed_at AS at, gen_random_uuid() AS reservation, gen_random_uuid() AS earning,
       (row_number() OVER (PARTITION BY work.annotator_id ORDER BY work.claimed_at, work.id) - 1)
           / %(each)s AS turn
  FROM tasks_assignment work JOIN tasks_project project ON project.id = work.project_id
 WHERE work.state = 'accepted';
CREATE TEMP TABLE bench_payout ON COMMIT DROP AS
SELECT annotator_id, purse, turn, gen_random_uuid() AS id, sum(price)::bigint AS minor,
       max(at) + interval '8 days' AS at
  FROM bench_work GROUP BY annotator_id, purse, turn;
INSERT INTO payments_connectedaccount
    (annotator_id, stripe_account, transfers, requirements, checked_at, bank_read_at, created_at)
SELECT DISTINCT ON (annotator_id) annotator_id, 'acct_' || md5(annotator_id::text), 'active', '[]'::jsonb,
       core_now(), core_now(), at FROM bench_payout ORDER BY annotator_id, at;
INSERT INTO payments_reservation
    (id, holder, pot, organization_id, currency, price_minor, fee_minor, state, created_at, ended_at)
SELECT reservation, 'assignment:' || id, pot, organization_id, %(currency)s, price, fee, 'spent', at, at
  FROM bench_work;
INSERT INTO payments_payout
    (id, annotator_id, destination, currency, amount_minor, state, attempt, ambiguous, empty_looks,
     first_sent_at, last_sent_at, next_try_at, stripe_transfer, last_error, created_at, sent_at)
SELECT id, annotator_id, 'acct_' || md5(annotator_id::text), %(currency)s, minor, 'sent', 1, false, 0,
       at, at, at, 'tr_' || md5(id::text), '', at, at FROM bench_payout;
INSERT INTO payments_earning
    (id, annotator_id, reservation_id, kind, source, pot, label, currency, amount_minor, fee_minor,
     taken_minor, lines, state, hold_until, hold_reason, payout_id, created_at)
SELECT work.earning, annotator_id, reservation, 'work', 'assignment:' || work.id, pot, 'Task', %(currency)s,
       price, fee, 0,
       jsonb_build_array(jsonb_build_object('kind', 'base', 'amount_minor', price, 'text', 'Task')),
       'paid', work.at + interval '7 days', '', payout.id, work.at
  FROM bench_work work JOIN bench_payout payout USING (annotator_id, turn);
CREATE TEMP TABLE bench_leg ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY at, key) AS place, booked.* FROM (
    SELECT 'reserve:assignment:' || id AS key, 'reserve' AS entry, at, leg.*
      FROM bench_work, LATERAL (VALUES ('project_funds', pot, -price - fee),
                                       ('project_reserved', pot, price + fee)) leg (kind, owner, minor)
    UNION ALL
    SELECT 'accept:assignment:' || id, 'accept', at, leg.*
      FROM bench_work, LATERAL (VALUES ('project_reserved', pot, -price - fee),
                                       ('annotator_pending', purse, price),
                                       ('platform_fee', 'platform', fee)) leg
    UNION ALL
    SELECT 'mature:' || earning, 'mature', at + interval '7 days', leg.*
      FROM bench_work, LATERAL (VALUES ('annotator_pending', purse, -price),
                                       ('annotator_payable', purse, price)) leg
    UNION ALL
    SELECT 'payout:' || id || ':start', 'payout_start', at, leg.*
      FROM bench_payout, LATERAL (VALUES ('annotator_payable', purse, -minor),
                                         ('annotator_in_transit', purse, minor)) leg
    UNION ALL
    SELECT 'payout:' || id || ':done', 'payout_done', at, leg.*
      FROM bench_payout, LATERAL (VALUES ('annotator_in_transit', purse, -minor),
                                         ('clearing_transfer', 'platform', minor)) leg
    UNION ALL
    SELECT 'txn:txn_' || md5(id::text), 'stripe_txn', at, leg.*
      FROM bench_payout, LATERAL (VALUES ('clearing_transfer', 'platform', -minor),
                                         ('stripe_cash', 'platform', minor)) leg
) booked WHERE minor <> 0;
INSERT INTO payments_ledgeraccount (kind, owner_key, currency, min_balance, tracked, balance, version)
SELECT DISTINCT kind, owner, %(currency)s, CASE WHEN owner <> 'platform' THEN 0 END, owner <> 'platform', 0, 0
  FROM bench_leg ON CONFLICT DO NOTHING;
INSERT INTO payments_ledgerentry (key, kind, data, created_at)
SELECT key, entry, CASE WHEN entry = 'stripe_txn' THEN jsonb_build_object('created', at) ELSE '{}' END, at
  FROM bench_leg GROUP BY key, entry, at ORDER BY at, min(place);
INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount)
SELECT entry.id, account.id, %(currency)s, minor
  FROM bench_leg leg
  JOIN payments_ledgerentry entry USING (key)
  JOIN payments_ledgeraccount account
    ON (account.kind, owner_key, currency) = (leg.kind, leg.owner, %(currency)s)
 ORDER BY place;
UPDATE payments_ledgeraccount SET balance = balance + moved.minor, version = version + moved.legs
  FROM (SELECT kind, owner, sum(minor) AS minor, count(*) AS legs FROM bench_leg GROUP BY kind, owner) moved
 WHERE (payments_ledgeraccount.kind, owner_key, currency) = (moved.kind, moved.owner, %(currency)s) AND tracked;
