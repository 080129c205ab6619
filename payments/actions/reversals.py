"""Taking paid money back from the annotator's account at Stripe, when a person chooses it.

The row is the outbox, as of a payout: the try is committed before the call, the key names clawback
and attempt, and a try whose answer was lost is looked for among the transfer's reversals before
anything else. What the account does not hold stays a debt, and is not tried again by itself.
"""

import datetime as dt
import uuid

import structlog
from django.db import transaction
from django.db.models import Max, Q

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from payments.actions import differences, trying
from payments.actions.comings_back import known
from payments.models import Clawback, Payout, Reversal
from payments.states import MADE, REVERSAL_MOVES, ReversalState
from payments.stripe import reversals as stripe_reversals
from payments.stripe.gateway import (
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
)

log = structlog.get_logger(__name__)

OPEN = (ReversalState.READY, ReversalState.SENDING, ReversalState.UNKNOWN)
LEASE = dt.timedelta(seconds=90)
LOOKS, LOOKS_APART = 2, dt.timedelta(minutes=15)
WAIT = dt.timedelta(minutes=5)


@transaction.atomic
def ask(*, clawback_id: uuid.UUID, reason: str, by: Actor) -> Reversal:
    """Promise to take what is left of a debt back from the transfer that paid it.

    Staff only (403), with a reason (422). Refuses `no_debt`, `nothing_to_reverse` where all of the
    transfer came back, and `reversal_open` while one of this payout is under way.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff take money back.", status=403)
    if not reason.strip():
        raise invalid("Say why: it is kept.", [Fault("/reason", "Say why.")])
    found = Clawback.objects.filter(pk=clawback_id).values_list("earning__payout", flat=True)
    if not found:
        raise NotFound("clawback")
    payout = Payout.objects.select_for_update(no_key=True).filter(pk=found[0]).first()
    row = Clawback.objects.select_for_update(no_key=True).get(pk=clawback_id)
    if row.unpaid_minor == 0 or payout is None:
        raise Refused("no_debt", "Nothing is left of this debt.")
    if payout.reversals.filter(state__in=OPEN).exists():
        raise Refused("reversal_open", "A reversal of this payout is already under way.")
    amount = min(row.unpaid_minor, payout.amount_minor - payout.reversed_minor)
    if amount == 0 or payout.state not in MADE:
        raise Refused("nothing_to_reverse", "All of this transfer has come back already.")
    last = row.reversals.aggregate(last=Max("attempt"))["last"] or 0
    made = Reversal.objects.create(
        payout=payout,
        clawback=row,
        currency=row.currency,
        amount_minor=amount,
        attempt=last + 1,
        asked_by=by.key,
        reason=reason.strip()[:2000],
    )
    audit.record("asked_reversal", made, by=by, reason=reason.strip(), amount_minor=amount)
    outbox.enqueue("payments.send_reversal", reversal_id=str(made.pk))
    return made


def sweep(*, by: Actor, limit: int = 20) -> int:
    """Give every reversal that is due one try; remote. Returns how many."""
    rows = Reversal.objects.filter(_due()).order_by("next_try_at")
    due = list(rows.values_list("pk", flat=True)[:limit])
    for reversal_id in due:
        send(reversal_id, by=by)
    return len(due)


def _due() -> Q:
    return Q(state__in=OPEN, next_try_at__lte=clock.Now())


def send(reversal_id: uuid.UUID, *, by: Actor) -> None:
    """One try of one reversal; remote, safe to repeat at any time and at once."""
    row = _take(reversal_id)
    if row is None:
        return
    try:
        if row.ambiguous and (_seen(row, by=by) or not _may_send(row)):
            return
        _create(row, by=by)
    except (StripeNotNow, StripeUnanswered) as fault:  # of a question, or 409, 429, 401: no news
        _later(row, str(fault), ambiguous=row.ambiguous or getattr(fault, "in_flight", False))


def _take(reversal_id: uuid.UUID) -> Reversal | None:
    """Claim a due row and commit that before the call; one found `sending` may have worked."""
    rows = Reversal.objects.select_related("payout").filter(_due(), pk=reversal_id)
    return trying.take(rows, moves=REVERSAL_MOVES, lease=LEASE)


def _create(row: Reversal, *, by: Actor) -> None:
    """The call itself, and what its end means."""
    try:
        made = stripe_reversals.create_reversal(
            transfer=row.payout.stripe_transfer or "",
            reversal_id=row.pk,
            clawback_id=row.clawback_id or row.pk,
            attempt=row.attempt,
            amount_minor=row.amount_minor,
        )
    except StripeUnanswered as fault:
        _later(row, str(fault), ambiguous=True, wait=LOOKS_APART if fault.replayed else WAIT)
    except (StripeRejected, StripeKeyMisused) as refusal:
        if not (row.ambiguous and _seen(row, by=by)):
            _refused(row, str(refusal), by=by)
    else:
        known(row.payout_id, made, by=by)


def _seen(row: Reversal, *, by: Actor) -> bool:
    """Whether Stripe has this reversal; then it is booked."""
    for back in stripe_reversals.find_reversals(row.payout.stripe_transfer or ""):
        if back.reversal_id == str(row.pk):
            known(row.payout_id, back, by=by)
            return True
    return False


@transaction.atomic
def _may_send(taken: Reversal) -> bool:
    """After a look that found nothing: under a new key, once two looks 15 minutes apart found
    nothing; until then it waits.
    """
    row = trying.still(taken)
    if row is None:
        return False
    now = clock.now()
    if row.empty_looks == 0 or row.last_look_at is None or now - row.last_look_at >= LOOKS_APART:
        row.empty_looks, row.last_look_at = row.empty_looks + 1, now
    if row.empty_looks < LOOKS:
        move(
            row,
            ReversalState.UNKNOWN,
            REVERSAL_MOVES,
            empty_looks=row.empty_looks,
            last_look_at=row.last_look_at,
            next_try_at=row.last_look_at + LOOKS_APART,
        )
        return False
    taken.attempt = row.attempt = row.attempt + 1
    taken.ambiguous = False
    move(
        row,
        ReversalState.SENDING,
        REVERSAL_MOVES,
        attempt=row.attempt,
        ambiguous=False,
        empty_looks=0,
        last_look_at=None,
        first_sent_at=now,
    )
    return True


@transaction.atomic
def _later(taken: Reversal, reason: str, *, ambiguous: bool, wait: dt.timedelta = WAIT) -> None:
    row = trying.still(taken)
    if row is not None:
        move(
            row,
            ReversalState.UNKNOWN,
            REVERSAL_MOVES,
            ambiguous=ambiguous,
            last_error=reason,
            next_try_at=clock.now() + wait,
        )


@transaction.atomic
def _refused(taken: Reversal, reason: str, *, by: Actor) -> None:
    """Executed and refused: it stays a debt, and a person sees it."""
    row = trying.still(taken)
    if row is not None:
        move(row, ReversalState.REFUSED, REVERSAL_MOVES, last_error=reason, ambiguous=False)
        audit.record("reversal_refused", row, by=by, reason=reason)
        differences.found(
            kind="reversal_refused",
            subject=f"reversal:{row.pk}",
            reason=f"Stripe refused it, so it stays a debt: {reason}",
            currency=row.currency,
            ours_minor=row.amount_minor,
            by=by,
        )
