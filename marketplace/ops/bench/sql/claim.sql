-- Our claim: every rule, the caps, the slot, the audit entry, and (with `reserve` true) the money.
-- No cap stands in the way: few annotators claim very much here.
\set a random(1, :annotators)
SELECT outcome FROM tasks_claim(
    (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid,
    (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid,
    NULL, ('00000000-0000-4000-a000-' || lpad(:a::text, 12, '0'))::uuid, NULL, NULL,
    'command' || ':' || 'bench', NULL, '', 1000000, 1000000, 1000000, :reserve::boolean);
