"""Money promised to a claim: taken from the project's free funds, given back or spent later."""

import uuid

from django.db import connection, transaction

from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from marketplace.core.states import move
from payments.actions.ledger import Posting, post
from payments.models import Reservation
from payments.states import RESERVATION_MOVES, ReservationState


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


@transaction.atomic
def release(*, holder: str, by: Actor) -> bool:
    """Give a held promise back to the project's free funds.

    False (and no effect) if none is held.
    """
    row = held(holder)
    if row is None:
        return False
    whole = row.price_minor + row.fee_minor
    legs = [("project_reserved", row.pot, -whole), ("project_funds", row.pot, whole)]
    move(row, ReservationState.RELEASED, RESERVATION_MOVES, ended_at=Now())
    post([Posting(f"release:{holder}", "release", legs, row.currency)], by=by)
    return True


def held(holder: str) -> Reservation | None:
    """The reservation of `holder`, locked, if it is still held."""
    row = Reservation.objects.select_for_update(no_key=True).filter(holder=holder).first()
    return row if row is not None and row.state == ReservationState.HELD else None
