"""Money promised to a claim: taken from the project's free funds, given back or spent later."""

import uuid
from collections.abc import Collection

from django.db import connection, transaction

from marketplace.core.actors import Actor
from marketplace.core.ids import new_id
from payments.actions.ledger import Posting, post

_RELEASE = """
WITH promised AS MATERIALIZED (
    SELECT id FROM payments_reservation
     WHERE holder = ANY(%s::text[]) AND state = 'held' ORDER BY id FOR NO KEY UPDATE
)
UPDATE payments_reservation row SET state = 'released', ended_at = core_now()
  FROM promised WHERE row.id = promised.id
RETURNING row.holder, row.pot, row.currency, row.price_minor + row.fee_minor
"""


def reserve(
    *,
    holder: str,
    pot: str,
    organization_id: uuid.UUID,
    currency: str,
    price_minor: int,
    fee_minor: int,
    by: Actor,
) -> bool:
    """Promise price and fee (minor units) to `holder` (`assignment:<id>`, `review:<id>`).

    One SQL call inside the claim's transaction, the last lock it takes. False: the pot is short,
    nothing changed. Asking again for the same promise is true without effect; a holder with
    another promise is an error.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A reservation is made in the transaction of its claim.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payments_reserve(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                new_id(),
                holder,
                pot,
                organization_id,
                currency,
                price_minor,
                fee_minor,
                by.key,
            ],
        )
        (won,) = cursor.fetchone()
    return bool(won)


def release(*, holder: str, by: Actor) -> bool:
    """Give a held promise back to the project's free funds.

    False (and no effect) if none is held.
    """
    return release_many(holders=[holder], by=by) == 1


@transaction.atomic(savepoint=False)
def release_many(*, holders: Collection[str], by: Actor) -> int:
    """Give held promises back to their projects' free funds, in a fixed number of statements.

    Returns how many were held; the others are left as they are. Call it once in a transaction,
    after every other lock: it ends with the ledger's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [list(holders)])
        rows = cursor.fetchall()
    post([_given_back(*row) for row in rows], by=by)
    return len(rows)


def _given_back(holder: str, pot: str, currency: str, whole: int) -> Posting:
    legs = [("project_reserved", pot, -whole), ("project_funds", pot, whole)]
    return Posting(f"release:{holder}", "release", legs, currency)
