"""Sending a payout exactly once, although calls are cut, keys expire, and workers die.

The rules, each learnt from a double or a lost payment somewhere:
1. The try is committed before the call. A row found `sending` had a worker that died: ambiguous.
2. The key names payout and attempt. It is kept as long as an earlier call under it may have worked.
3. Stripe forgets keys after 24 hours: an ambiguous row older than 20 is looked for before anything.
   The same after a 500, which the key would only repeat.
4. Only two empty looks, 15 minutes apart, allow a new key. Only an executed refusal fails a row and
   releases its money; where an earlier try is ambiguous, after a look that found no transfer.
5. 401, 403, 409 and 429 say nothing about an earlier try: same key, later.
"""

import datetime as dt
import time
import uuid

from django.conf import settings

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import outcomes, pace, rails
from payments.models import Payout
from payments.states import PayoutState
from payments.stripe.gateway import (
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
    Transfer,
)

KEY_AGE = dt.timedelta(hours=20)  # of the 24 for which Stripe keeps a key
LOOKS = 2
LOOKS_APART = dt.timedelta(minutes=15)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(hours=1)
NO_MONEY_WAIT = dt.timedelta(hours=1)
# Refusals that no later try can mend: the annotator has to act.
HOPELESS = frozenset({"insufficient_capabilities_for_transfer", "resource_missing"})
SWEEP_SECONDS = 30
SWEPT = 300  # as many as half a minute takes at ten a second
BREATH = 0.05  # seconds, half of what a token takes to come


def sweep(*, by: Actor, limit: int = SWEPT) -> int:
    """Give every payout that is due one try, for half a minute at most; returns how many.

    As fast as the pace allows: it waits while the bucket is empty.
    """
    rows = Payout.objects.filter(outcomes.due()).order_by("next_try_at")
    end, done = time.monotonic() + SWEEP_SECONDS, 0
    for payout_id in rows.values_list("pk", flat=True)[:limit]:
        while time.monotonic() < end and not send(payout_id, by=by):
            time.sleep(BREATH)
        if time.monotonic() >= end:
            break
        done += 1
    return done


def send(payout_id: uuid.UUID, *, by: Actor) -> bool:
    """One try of one payout; remote, safe to repeat at any time and at once.

    False where the pace does not allow it now: the row is left as it is, for the next sweep. One
    that is not due takes nothing of the pace.
    """
    if not outcomes.is_due(payout_id):
        return True
    if not pace.allows("transfers", settings.STRIPE_TRANSFERS_PER_SECOND):
        return False
    _send(payout_id, by=by)
    return True


def _send(payout_id: uuid.UUID, *, by: Actor) -> None:
    row = outcomes.take(payout_id)
    if row is None:
        return
    try:
        _try(row, by=by)
    except StripeNotNow as fault:
        _later(row, str(fault), ambiguous=row.ambiguous or fault.in_flight)
    except StripeUnanswered as fault:  # of a question, not of the transfer: nothing was learnt
        _later(row, str(fault), ambiguous=row.ambiguous)


def _try(row: Payout, *, by: Actor) -> None:
    """Look first if the last call may have worked under a key that is no use any more."""
    ready: Payout | None = row
    payable = None if _must_look(row) else _payable(row, by=by)
    if payable is None or (row.ambiguous and not payable):
        ready = _look(row, by=by)
    if ready is None:
        return
    if payable is None:
        payable = _payable(ready, by=by)
    if payable:
        _transfer(ready, by=by)
    else:
        outcomes.failed(ready, "The account cannot receive transfers.", by=by)


def _must_look(row: Payout) -> bool:
    old = row.first_sent_at is not None and clock.now() - row.first_sent_at > KEY_AGE
    return row.ambiguous and (old or row.last_look_at is not None)


def _payable(row: Payout, *, by: Actor) -> bool:
    """Whether the destination may receive money now, as Stripe says at this moment."""
    return rails.of(row).prepare(row, by=by)


def _look(row: Payout, *, by: Actor) -> Payout | None:
    """Ask Stripe for transfers of this payout: one settles it, several freeze it.

    The row, free to be sent under a new key, once enough looks were empty; else None.
    """
    found = rails.of(row).find(row)
    if len(found) > 1:
        found = [one for one in found if one.reversed_minor < one.amount_minor]
    if not found:
        return outcomes.looked_in_vain(row, looks=LOOKS, apart=LOOKS_APART)
    if len(found) > 1:
        names = ", ".join(one.id for one in found)
        outcomes.frozen(row, f"Stripe has several transfers of this payout: {names}.", by=by)
    else:
        _confirm(row, found[0], by=by)
    return None


def _confirm(row: Payout, transfer: Transfer, *, by: Actor) -> None:
    """Book a transfer that is the payout's; freeze on any difference."""
    if matches(row, transfer):
        outcomes.sent(row.pk, transfer, by=by)
    else:
        outcomes.frozen(row, f"Stripe's transfer {transfer.id} differs from the payout.", by=by)


def matches(row: Payout, transfer: Transfer) -> bool:
    """Same payout, amount, currency and destination."""
    theirs = (transfer.payout_id, transfer.amount_minor, transfer.currency, transfer.destination)
    return theirs == (str(row.pk), row.amount_minor, row.currency, row.destination)


def _transfer(row: Payout, *, by: Actor) -> None:
    """The call itself, and what its end means."""
    try:
        made = rails.of(row).send(row)
    except StripeUnanswered as fault:
        _lost(row, fault, by=by)
    except StripeRejected as refusal:
        _refused(row, refusal, by=by)
    except StripeKeyMisused as fault:
        outcomes.frozen(row, str(fault), by=by)
    else:
        _confirm(row, made, by=by)


def _lost(row: Payout, fault: StripeUnanswered, *, by: Actor) -> None:
    """No answer: it may have worked. A 500 is kept under the key, so look at once."""
    row.ambiguous = True
    if fault.replayed:
        ready = _look(row, by=by)
        if ready is not None:  # two empty looks already: the new key is for the next turn
            _later(ready, str(fault), ambiguous=False)
    else:
        _later(row, str(fault), ambiguous=True)


def _refused(row: Payout, refusal: StripeRejected, *, by: Actor) -> None:
    """Executed and refused, unless an earlier try under this key has worked after all."""
    if row.ambiguous:
        found = rails.of(row).find(row)
        if found:
            _look(row, by=by)
            return
    reason = str(refusal)
    if refusal.code == "balance_insufficient":
        # Stripe keeps the refusal under the key for a day: the next try needs a new one.
        outcomes.put_back(
            row,
            PayoutState.READY,
            wait=NO_MONEY_WAIT,
            reason=reason,
            attempt=row.attempt + 1,
            ambiguous=False,
            empty_looks=0,
            last_look_at=None,
            first_sent_at=None,
        )
    elif refusal.code in HOPELESS:
        outcomes.failed(row, reason, by=by)
    else:
        outcomes.frozen(row, reason, by=by)


def _later(row: Payout, reason: str, *, ambiguous: bool) -> None:
    """Again under the same key, after as long as it has taken so far (30 s to 1 h)."""
    begun = row.first_sent_at or row.created_at
    wait = min(max(clock.now() - begun, FIRST_WAIT), LONGEST_WAIT)
    outcomes.put_back(row, PayoutState.UNKNOWN, wait=wait, reason=reason, ambiguous=ambiguous)
