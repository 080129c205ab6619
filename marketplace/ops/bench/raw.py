"""The bare database: the least that a claim and a set of ledger entries must write.

No rules, no audit trail, no guards: what PostgreSQL gives on this machine at this moment, through
the same driver.
"""

from django.db import connection, transaction

TABLES = """
CREATE TABLE bench_task (id bigserial PRIMARY KEY, open boolean NOT NULL DEFAULT true);
CREATE INDEX ON bench_task (id) WHERE open;
CREATE TABLE bench_claim (id bigserial PRIMARY KEY, task_id bigint UNIQUE, until timestamptz);
CREATE TABLE bench_entry (id bigserial PRIMARY KEY, key text UNIQUE);
CREATE TABLE bench_leg (id bigserial PRIMARY KEY, entry_id bigint, account int, amount bigint);
CREATE TABLE bench_account (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
INSERT INTO bench_account SELECT generate_series(1, 1000);
"""
CLAIM = """
WITH picked AS (
    UPDATE bench_task SET open = false
     WHERE id = (SELECT id FROM bench_task WHERE open ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id)
INSERT INTO bench_claim (task_id, until) SELECT id, now() + interval '1 hour' FROM picked
"""
ENTRIES = """
WITH made AS (
    INSERT INTO bench_entry (key)
    SELECT gen_random_uuid()::text FROM generate_series(1, %(number)s) RETURNING id
), legs AS (
    INSERT INTO bench_leg (entry_id, account, amount)
    SELECT id, 1 + (id * sign + sign)::int %% 499 + 500 * (sign + 1) / 2, 100 * sign
      FROM made, (VALUES (-1), (1)) AS side (sign)
    RETURNING account, amount
)
UPDATE bench_account account SET balance = account.balance + moved.amount
  FROM (SELECT account, sum(amount) AS amount FROM legs GROUP BY account) moved
 WHERE account.id = moved.account
"""


def prepare(tasks: int) -> None:
    """The bare tables, with tasks to claim."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("INSERT INTO bench_task SELECT generate_series(1, %s)", [tasks])


@transaction.atomic
def claim() -> None:
    """One task taken and noted."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)


@transaction.atomic
def entries(number: int) -> None:
    """That many entries of two legs each, and the balances they move."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"number": number})
