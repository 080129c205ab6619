"""Sending a part of a refund exactly once, by the rules of `sending.py`: the try is committed
before the call, an unknown outcome is looked up before a new key, only an executed refusal gives
the money back.
"""

import time
import uuid

import structlog

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import differences, refund_outcomes
from payments.actions.sending import (
    FIRST_WAIT,
    KEY_AGE,
    LONGEST_WAIT,
    LOOKS,
    LOOKS_APART,
    NO_MONEY_WAIT,
    SWEEP_SECONDS,
)
from payments.models import RefundPart
from payments.states import RefundPartState
from payments.stripe import refunds
from payments.stripe.gateway import (
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
)
from payments.stripe.refunds import Returned

log = structlog.get_logger(__name__)


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
    if row is None:
        return
    try:
        ready = _look(row, by=by) if _must_look(row) else row
        if ready is not None:
            _refund(ready, by=by)
    except StripeNotNow as fault:
        _later(row, str(fault), ambiguous=row.ambiguous or fault.in_flight)
    except StripeUnanswered as fault:  # of a question: nothing was learnt
        _later(row, str(fault), ambiguous=row.ambiguous)


def _must_look(row: RefundPart) -> bool:
    old = row.first_sent_at is not None and clock.now() - row.first_sent_at > KEY_AGE
    return row.ambiguous and (old or row.last_look_at is not None)


def _look(row: RefundPart, *, by: Actor) -> RefundPart | None:
    """Ask Stripe for refunds of this part: one settles it, several freeze it.

    The row, free to be sent under a new key, once enough looks were empty; else None.
    """
    found = refunds.find_refunds(row.payment_intent, row.pk)
    if not found:
        return refund_outcomes.looked_in_vain(row, looks=LOOKS, apart=LOOKS_APART)
    if len(found) > 1:
        names = ", ".join(one.id for one in found)
        refund_outcomes.frozen(row, f"Stripe has several refunds of this part: {names}.", by=by)
    else:
        _confirm(row, found[0], by=by)
    return None


def _confirm(row: RefundPart, found: Returned, *, by: Actor) -> None:
    """Keep a refund that is the part's, and what became of it; freeze on any difference."""
    if matches(row, found):
        refund_outcomes.sent(row.pk, found, by=by)
        if found.lost:
            refund_outcomes.came_back(row.pk, found, by=by)
    else:
        refund_outcomes.frozen(row, f"Stripe's refund {found.id} differs from the part.", by=by)


def matches(row: RefundPart, found: Returned) -> bool:
    """Same part, amount, currency and payment."""
    theirs = (found.part_id, found.amount_minor, found.currency, found.payment_intent)
    return theirs == (str(row.pk), row.amount_minor, row.currency, row.payment_intent)


def _refund(row: RefundPart, *, by: Actor) -> None:
    """The call itself, and what its end means."""
    try:
        made = refunds.create_refund(
            part_id=row.pk,
            attempt=row.attempt,
            payment_intent=row.payment_intent,
            amount_minor=row.amount_minor,
        )
    except StripeUnanswered as fault:
        _unknown(row, fault, by=by)
    except StripeRejected as refusal:
        _refused(row, refusal, by=by)
    except StripeKeyMisused as fault:
        refund_outcomes.frozen(row, str(fault), by=by)
    else:
        _confirm(row, made, by=by)


def _unknown(row: RefundPart, fault: StripeUnanswered, *, by: Actor) -> None:
    """No answer: it may have worked. A 500 is kept under the key, so look at once."""
    row.ambiguous = True
    if not fault.replayed:
        _later(row, str(fault), ambiguous=True)
        return
    ready = _look(row, by=by)
    if ready is not None:  # two empty looks already: the new key is for the next turn
        _later(ready, str(fault), ambiguous=False)


def _refused(row: RefundPart, refusal: StripeRejected, *, by: Actor) -> None:
    """Executed and refused, unless an earlier try under this key has worked after all."""
    if row.ambiguous and refunds.find_refunds(row.payment_intent, row.pk):
        _look(row, by=by)
    elif refusal.code == "balance_insufficient":
        # Stripe keeps the refusal under the key for a day: the next try needs a new one.
        refund_outcomes.put_back(
            row,
            RefundPartState.READY,
            wait=NO_MONEY_WAIT,
            reason=str(refusal),
            attempt=row.attempt + 1,
            ambiguous=False,
            empty_looks=0,
            last_look_at=None,
            first_sent_at=None,
        )
    else:
        refund_outcomes.refused(row, str(refusal), by=by)


def _later(row: RefundPart, reason: str, *, ambiguous: bool) -> None:
    """Again under the same key, after as long as it has taken so far (30 s to 1 h)."""
    begun = row.first_sent_at or row.created_at
    wait = min(max(clock.now() - begun, FIRST_WAIT), LONGEST_WAIT)
    state = RefundPartState.UNKNOWN
    refund_outcomes.put_back(row, state, wait=wait, reason=reason, ambiguous=ambiguous)


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
    row = _part_of(found)
    if row is not None and matches(row, found):
        refund_outcomes.sent(row.pk, found, by=by)
        if found.lost:
            refund_outcomes.came_back(row.pk, found, by=by)
        return
    differences.found(
        kind="refund_unknown",
        subject=f"refund:{found.id}",
        reason=f"Stripe has a refund of {found.payment_intent} that no refund of ours asked for.",
        currency=found.currency,
        theirs_minor=found.amount_minor,
        by=by,
    )


def _part_of(found: Returned) -> RefundPart | None:
    try:
        part_id = uuid.UUID(found.part_id)
    except ValueError:
        return None
    return RefundPart.objects.filter(pk=part_id).first()
