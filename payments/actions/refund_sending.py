"""Sending a part of a refund exactly once (what Stripe's answers mean is in `errands.py`), and
recognising refunds that Stripe tells of.
"""

import time
import uuid

from marketplace.core.actors import Actor
from payments.actions import differences, errands, refund_outcomes
from payments.actions.sending import SWEEP_SECONDS
from payments.models import RefundPart
from payments.states import REFUND_PART_MOVES
from payments.stripe import refunds
from payments.stripe.refunds import Returned


class _Errand(errands.Errand[RefundPart, Returned]):
    """A part of a refund, to the payment that it came from."""

    moves = REFUND_PART_MOVES
    called = "refund"

    def make(self, row: RefundPart) -> Returned:
        return refunds.create_refund(
            part_id=row.pk,
            attempt=row.attempt,
            payment_intent=row.payment_intent,
            amount_minor=row.amount_minor,
        )

    def find(self, row: RefundPart) -> list[Returned]:
        return refunds.find_refunds(row.payment_intent, row.pk)

    def matches(self, row: RefundPart, seen: Returned) -> bool:
        return matches(row, seen)

    def done(self, row: RefundPart, seen: Returned, *, by: Actor) -> None:
        """A refund that exists may have come back already."""
        refund_outcomes.sent(row.pk, seen, by=by)
        if seen.lost:
            refund_outcomes.came_back(row.pk, seen, by=by)

    def failed(self, row: RefundPart, reason: str, *, by: Actor) -> None:
        refund_outcomes.refused(row, reason, by=by)

    def frozen(self, row: RefundPart, reason: str, *, by: Actor) -> None:
        refund_outcomes.frozen(row, reason, by=by)


_ERRAND = _Errand()


def sweep(*, by: Actor, limit: int = 50) -> int:
    """Give every part that is due one try, for half a minute at most; returns how many."""
    rows = RefundPart.objects.filter(refund_outcomes.due()).order_by("next_try_at")
    end, done = time.monotonic() + SWEEP_SECONDS, 0
    for part_id in rows.values_list("pk", flat=True)[:limit]:
        if time.monotonic() > end:
            break
        send(part_id, by=by)
        done += 1
    return done


def send(part_id: uuid.UUID, *, by: Actor) -> None:
    """One try of one part; remote, safe to repeat at any time and at once."""
    row = refund_outcomes.take(part_id)
    if row is not None:
        errands.run(_ERRAND, row, by=by)


def matches(row: RefundPart, found: Returned) -> bool:
    """Same part, amount, currency and payment."""
    theirs = (found.part_id, found.amount_minor, found.currency, found.payment_intent)
    return theirs == (str(row.pk), row.amount_minor, row.currency, row.payment_intent)


def recognise(refund_id: str, *, by: Actor) -> None:
    """Read a refund that Stripe spoke of, and keep what it says; remote, safe to repeat.

    One that is not ours was made by hand at Stripe: a row for a person.
    """
    _judge(refunds.read_refund(refund_id), by=by)


def recognise_charge(charge_id: str, *, by: Actor) -> None:
    """The same for every refund of a charge that Stripe spoke of."""
    for found in refunds.refunds_of_charge(charge_id):
        _judge(found, by=by)


def _judge(found: Returned, *, by: Actor) -> None:
    known = RefundPart.objects.filter(stripe_refund=found.id).first()
    row = known or part_of(found)
    if row is not None and (row == known or matches(row, found)):
        _ERRAND.done(row, found, by=by)
        return
    differences.found(
        kind="refund_unknown",
        subject=f"refund:{found.id}",
        reason=f"Stripe has a refund of {found.payment_intent} that no refund of ours asked for.",
        currency=found.currency,
        theirs_minor=found.amount_minor,
        by=by,
    )


def part_of(found: Returned) -> RefundPart | None:
    """The part of ours that it says it is, or None."""
    try:
        part_id = uuid.UUID(found.part_id)
    except ValueError:
        return None
    return RefundPart.objects.filter(pk=part_id).first()
