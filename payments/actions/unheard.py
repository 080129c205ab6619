"""Reversals, disputes and failed refunds that only Stripe's books tell of.

Stripe keeps its events for 30 days, and lists a transfer under the day on which it was made. An
instance that was away for longer, or whose webhooks were lost, would never hear that money of an
old transfer came back, that a bank took a payment, or that it returned a refund. Balance
transactions stay for ever: what they show and our books do not know is read at its source, as if
the event had come.
"""

from collections.abc import Callable, Sequence

import structlog

from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from payments.actions import comings_back, disputes, refund_sending
from payments.currencies import CURRENCIES
from payments.models import Dispute, Payout, RefundPart, Reversal
from payments.states import RefundPartState
from payments.stripe import reversals
from payments.stripe.gateway import Movement, StripeFault

log = structlog.get_logger(__name__)

REVERSED, DISPUTED, RETURNED = "transfer_refund", "adjustment", "refund_failure"


def follow(rows: Sequence[Movement], *, by: Actor) -> int:
    """Take in what these movements show and nobody has told us; remote, safe to repeat.

    What cannot be taken in yet (Stripe is away, a payout or deposit is not booked) is left for the
    next reading of the same days; after that a rest in a clearing account tells a person. Returns
    how many were taken in.
    """
    done = 0
    for row in [*_reversals(rows), *_disputes(rows), *_returned(rows)]:
        try:
            done += _TAKE[row.kind](row, by=by)
        except (StripeFault, Refused) as fault:
            log.warning("movement_not_followed", id=row.id, source=row.source, error=str(fault))
    return done


def _reversals(rows: Sequence[Movement]) -> list[Movement]:
    """Money of transfers that came back by reversals that we have not booked."""
    found = [row for row in rows if row.kind == REVERSED]
    if not found:
        return []
    ids = [row.source for row in found]
    known = Reversal.objects.filter(stripe_reversal__in=ids).values_list(
        "stripe_reversal", flat=True
    )
    return [row for row in found if row.source not in set(known)]


def _disputes(rows: Sequence[Movement]) -> list[Movement]:
    """Money that a bank took, or gave back, and that no dispute of ours has booked."""
    found = [row for row in rows if row.kind == DISPUTED and row.currency in CURRENCIES]
    if not found:
        return []
    booked = {
        name: (taken, given)
        for name, taken, given in Dispute.objects.filter(
            stripe_dispute__in=[row.source for row in found]
        ).values_list("stripe_dispute", "withdrawn_minor", "reinstated_minor")
    }
    return [row for row in found if not booked.get(row.source, (0, 0))[row.amount > 0]]


def _returned(rows: Sequence[Movement]) -> list[Movement]:
    """Refunds of ours that a bank sent back, and that are sent in our books."""
    found = [row for row in rows if row.kind == RETURNED]
    if not found:
        return []
    sent = RefundPart.objects.filter(
        stripe_refund__in=[row.source for row in found], state=RefundPartState.SENT
    )
    ours = set(sent.values_list("stripe_refund", flat=True))
    return [row for row in found if row.source in ours]


def _reversal(row: Movement, *, by: Actor) -> bool:
    """A transfer that is no payout of ours is left to the comparison of transfers."""
    transfer = reversals.transfer_of(row.id)
    if not Payout.objects.filter(stripe_transfer=transfer).exists():
        return False
    comings_back.recognise(transfer, by=by)
    return True


def _dispute(row: Movement, *, by: Actor) -> bool:
    disputes.settle(row.source, by=by)
    return True


def _refund(row: Movement, *, by: Actor) -> bool:
    refund_sending.recognise(row.source, by=by)
    return True


_TAKE: dict[str, Callable[..., bool]] = {
    REVERSED: _reversal,
    DISPUTED: _dispute,
    RETURNED: _refund,
}
