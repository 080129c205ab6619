"""Paid work in bulk: every accepted assignment of a crowd reserved, earned, matured and paid out,
and a local Stripe that made the transfers.

It is written with the triggers off (`session_replication_role`, which only a superuser may set);
that all of it fits together nevertheless is what the audit proves.
"""

import json
import os
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import override_settings

from marketplace.ops.bench import crowd
from marketplace.ops.bench.pgbench import SCRIPTS
from marketplace.ops.bench.scratch import CURRENCY
from marketplace.ops.bench.table import Table
from marketplace.ops.drill.killing import in_child
from marketplace.ops.drill.stripe_process import stripe_process
from payments.stripe import accounts, transfers

NOBODY = 9
"""A port on which nobody listens: webhooks are not needed here."""
ANNOTATORS, PROJECTS = 2_000, 20
ANSWERS_A_TASK, MOST_ANSWERS = 2, 3
WORKS_A_PAYOUT = 20
LEGS_A_WORK = 7 + 6 / WORKS_A_PAYOUT
"""Reserved 2, accepted 3, matured 2; a payout 2 at its start, 2 at its end, 2 in Stripe's books."""
MADE = """
SELECT id, destination, amount_minor, stripe_transfer, 'txn_' || md5(id::text),
       extract(epoch FROM sent_at)::bigint
  FROM payments_payout ORDER BY sent_at
"""


def fill(works: int, out: Table) -> int:
    """A crowd whose accepted works are all paid for; returns how many legs there are now."""
    size = crowd.Size(
        tasks=works // ANSWERS_A_TASK + PROJECTS,
        annotators=min(ANNOTATORS, works),
        projects=PROJECTS,
        history=works,
        open_share=0.01,
        overlap=MOST_ANSWERS,
    )
    crowd.build(size, out)
    return write()


def write() -> int:
    """Pay for all accepted work of the connected database; returns how many legs there are now."""
    values: dict[str, Any] = {"each": WORKS_A_PAYOUT, "currency": CURRENCY}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute((SCRIPTS / "paid_history.sql").read_text(encoding="utf-8"), values)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
        cursor.execute("SELECT count(*) FROM payments_ledgerleg")
        (legs,) = cursor.fetchone()
    return int(legs)


def stripe(folder: Path) -> Path:
    """The saved state of a local Stripe that made every payout's transfer when it was sent."""
    state = folder / "stripe.json"
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        made = cursor.fetchall()
    with stripe_process(folder, os.environ, state=state, web_port=NOBODY) as local:
        at = {"STRIPE_API_BASE": local.address, "EGRESS_ALLOWED_BASES": [local.address]}
        local.charge(settings.STRIPE_SECRET_KEY, 2 * sum(row[2] for row in made), CURRENCY)
        with override_settings(**at):
            in_child(lambda: _first_transfer(local.activate))
    saved = json.loads(state.read_text())
    _multiply(saved, made)
    state.write_text(json.dumps(saved))
    return state


def _first_transfer(activate: Any) -> None:
    one = accounts.create_account(
        annotator_id=uuid.uuid4(), email="a@example.test", name="Ada", country="US"
    )
    activate(one.id)
    transfers.create_transfer(
        payout_id=uuid.uuid4(), attempt=1, destination=one.id, currency=CURRENCY, amount_minor=100,
        description="",
    )  # fmt: skip


def _multiply(saved: dict[str, Any], made: list[tuple[Any, ...]]) -> None:
    """The one transfer and its movement become those of all payouts."""
    rows = saved["rows"]
    (transfer,) = [row for _, row in rows if row["object"] == "transfer"]
    (movement,) = [row for _, row in rows if row["id"] == transfer["balance_transaction"]]
    saved["rows"] = [(owner, row) for owner, row in rows if row not in (transfer, movement)]
    for payout, destination, minor, name, txn, created in made:
        more = {"created": created, "source": name, "amount": -minor, "net": -minor}
        saved["rows"].append(("", movement | more | {"id": txn, "available_on": created}))
        new = {"id": name, "amount": minor, "created": created, "destination": destination}
        named = {"payout": str(payout), "attempt": "1"}
        group = transfers.group_of(payout)
        saved["rows"].append(
            ("", transfer | new | {"metadata": named, "transfer_group": group,
                                   "balance_transaction": txn})
        )  # fmt: skip
