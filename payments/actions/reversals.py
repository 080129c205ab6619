"""Taking paid money back from the annotator's account at Stripe, when a person chooses it.

The row is the outbox, as of a payout, and what Stripe's answers mean is in `errands.py`. What the
account does not hold stays a debt, and is not tried again by itself.
"""

import uuid

from django.db import transaction
from django.db.models import Max, Q

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from payments.actions import differences, errands, rails, trying
from payments.actions.comings_back import known
from payments.models import Clawback, Payout, Reversal
from payments.states import MADE, REVERSAL_MOVES, ReversalState
from payments.stripe.gateway import TransferBack

LOOK = "Look at Stripe whether the money came back; until that is booked it stays a debt"
REFUSED, UNCLEAR = "reversal_refused", "reversal_unclear"
OPEN = (ReversalState.READY, ReversalState.SENDING, ReversalState.UNKNOWN)


class _Errand(errands.Errand[Reversal, TransferBack]):
    """A reversal over the rail of its payout."""

    moves = REVERSAL_MOVES
    called = "reversal"
    waits_for_money = False  # it is the annotator's balance that is short: it stays a debt

    def make(self, row: Reversal) -> TransferBack:
        return rails.of(row.payout).reverse(row)

    def find(self, row: Reversal) -> list[TransferBack]:
        """The first that carries its mark; more are as if made by hand."""
        backs = rails.of(row.payout).reversals(row.payout)
        return [back for back in backs if back.reversal_id == str(row.pk)][:1]

    def matches(self, row: Reversal, seen: TransferBack) -> bool:
        return seen.reversal_id == str(row.pk)

    def done(self, row: Reversal, seen: TransferBack, *, by: Actor) -> None:
        known(row.payout_id, seen, by=by)

    def failed(self, row: Reversal, reason: str, *, by: Actor) -> None:
        _refused(row, reason, by=by, kind=REFUSED, says="Stripe refused it, so it stays a debt")

    def frozen(self, row: Reversal, reason: str, *, by: Actor) -> None:
        """It ends here too, but it may have worked: whoever looks into it is told so."""
        _refused(row, reason, by=by, kind=UNCLEAR, says=LOOK)


_ERRAND = _Errand()


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
    if row is not None:
        errands.run(_ERRAND, row, by=by)


def _take(reversal_id: uuid.UUID) -> Reversal | None:
    """Claim a due row and commit that before the call; one found `sending` may have worked."""
    rows = Reversal.objects.select_related("payout").filter(_due(), pk=reversal_id)
    return trying.take(rows, moves=REVERSAL_MOVES)


@transaction.atomic
def _refused(taken: Reversal, reason: str, *, by: Actor, kind: str, says: str) -> None:
    """Not tried again: it stays a debt, and a person sees what we know (`says`) and why."""
    row = trying.still(taken)
    if row is not None:
        move(row, ReversalState.REFUSED, REVERSAL_MOVES, last_error=reason, ambiguous=False)
        audit.record("reversal_refused", row, by=by, reason=reason)
        differences.found(
            kind=kind,
            subject=f"reversal:{row.pk}",
            reason=f"{says}: {reason}",
            currency=row.currency,
            ours_minor=row.amount_minor,
            by=by,
        )
