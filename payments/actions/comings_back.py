"""A reversal of a transfer exists at Stripe: the money is with us again. Once, whoever saw it.

One that settles a debt was asked for by a person of ours. One that somebody made by hand in
Stripe's dashboard settles what debt there is; the rest waits for a person's decision, who gives it
back to the annotator or asks for a clawback, which takes it.
"""

import uuid

from django.db import transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from payments.actions import debts, differences, payouts, rails
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import Earning, Payout, Reversal
from payments.states import (
    MADE,
    PAYOUT_MOVES,
    REVERSAL_MOVES,
    EarningKind,
    EarningState,
    PayoutState,
    ReversalState,
)
from payments.stripe.gateway import TransferBack

BY_HAND = "reversal_by_hand"


def recognise(transfer_id: str, *, by: Actor) -> None:
    """Stripe tells that money of a transfer came back: book each reversal of it; remote.

    A transfer that we have not booked yet is booked first; one that is nobody's is a difference.
    """
    payout = Payout.objects.filter(stripe_transfer=transfer_id).first()
    if payout is None:
        payouts.recognise(transfer_id, by=by)
        payout = Payout.objects.filter(stripe_transfer=transfer_id).first()
    if payout is None:
        with transaction.atomic():
            differences.found(
                kind="reversal_orphan",
                subject=f"transfer:{transfer_id}",
                reason="Money of a transfer that is no payout of ours came back.",
                by=by,
            )
        return
    for back in rails.of(payout).reversals(payout):
        known(payout.pk, back, by=by)


def follow(payout_id: uuid.UUID, *, by: Actor) -> None:
    """Book what came back of a payout's transfer before that was in our books; remote, repeatable.

    Nothing where there is no such payout, or it has no transfer.
    """
    for payout in Payout.objects.filter(pk=payout_id, stripe_transfer__isnull=False):
        recognise(str(payout.stripe_transfer), by=by)


@transaction.atomic
def known(payout_id: uuid.UUID, back: TransferBack, *, by: Actor) -> None:
    """Book one reversal of a sent payout, once for each number of Stripe's."""
    payout = Payout.objects.select_for_update(no_key=True).get(pk=payout_id)
    if Reversal.objects.filter(stripe_reversal=back.id).exists():
        return
    if payout.state not in MADE:
        raise Refused("payout_not_sent", "This payout is not sent in our books yet.")
    row = _row(payout, back)
    parts = _debts(row, back.amount_minor)
    settled = sum(part for _, part in parts)
    row.amount_minor, row.returned_minor = back.amount_minor, back.amount_minor - settled
    columns = ["amount_minor", "returned_minor"]
    row.save(update_fields=columns)
    move(
        row,
        ReversalState.DONE,
        REVERSAL_MOVES,
        stripe_reversal=back.id,
        done_at=clock.now(),
        last_error="",
    )
    debts.settle(parts, "reversal", reversal=row)
    _less(payout, back.amount_minor)
    audit.record("reversed_transfer", row, by=by, amount_minor=back.amount_minor)
    if row.clawback_id is None or row.returned_minor:
        _for_a_person(row, by=by)
    pot = owner("annotator", payout.annotator_id)
    legs: list[Leg] = [
        ("clearing_reversal", PLATFORM, -back.amount_minor),
        ("annotator_debt", pot, settled),
        ("annotator_returned", pot, row.returned_minor),
    ]
    moved = [leg for leg in legs if leg[2]]
    data = {
        "transfer": back.transfer,
        "payout": str(payout.pk),
        "made_at": back.made_at.isoformat(),
    }
    post([Posting(f"reversal:{back.id}", "reversal", moved, payout.currency, data)], by=by)


def _row(payout: Payout, back: TransferBack) -> Reversal:
    """The row that asked for it, locked, or a new one for what was done by hand."""
    ours = Reversal.objects.select_for_update(no_key=True).filter(payout=payout)
    for row in ours.exclude(state=ReversalState.DONE):
        if str(row.pk) == back.reversal_id:
            return row
    return Reversal.objects.create(
        payout=payout,
        currency=payout.currency,
        amount_minor=back.amount_minor,
        state=ReversalState.REFUSED,  # becomes done in the same transaction; never sent by us
    )


def _debts(row: Reversal, amount: int) -> list[debts.Part]:
    """Which debts it settles: its own clawback's first, then the oldest."""
    found = debts.open_debts(row.payout.annotator_id, row.currency)
    found.sort(key=lambda debt: debt.pk != row.clawback_id)
    return debts.split(found, amount)


def _less(payout: Payout, amount: int) -> None:
    back = payout.reversed_minor + amount
    whole = back == payout.amount_minor
    to = PayoutState.REVERSED if whole else PayoutState.PART_REVERSED
    move(payout, to, PAYOUT_MOVES, reversed_minor=back)


def _for_a_person(row: Reversal, *, by: Actor) -> None:
    waiting = major(row.returned_minor, row.currency)
    differences.found(
        kind=BY_HAND,
        subject=f"reversal:{row.pk}",
        reason=(
            f"A transfer was reversed without our asking; {waiting} of it met no debt. "
            "Give it back to the annotator, or ask for a clawback of what it had paid."
        ),
        currency=row.currency,
        ours_minor=row.returned_minor,
        theirs_minor=row.amount_minor,
        by=by,
    )


@transaction.atomic
def give_back(*, reversal_id: uuid.UUID, why: str, by: Actor) -> Earning:
    """What came back and met no debt is the annotator's: payable again, at once.

    Staff only, and nobody their own (403), with a reason that the annotator reads (422). Refuses
    `nothing_returned`.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff decide on this money.", status=403)
    if not why.strip():
        raise invalid("Say why: the annotator reads it.", [Fault("/why", "Say why.")])
    rows = Reversal.objects.select_for_update(no_key=True, of=("self",)).select_related("payout")
    row = rows.filter(pk=reversal_id).first()
    if row is None:
        raise NotFound("reversal")
    if str(row.payout.annotator.user_id) == by.id:
        raise Refused("own_money", "Nobody decides on their own money.", status=403)
    amount = row.returned_minor
    if amount == 0:
        raise Refused("nothing_returned", "Nothing of this reversal waits for a decision.")
    row.returned_minor = 0
    row.save(update_fields=["returned_minor"])
    label = f"Given back: {why.strip()}"[:200]
    earning = Earning.objects.create(
        annotator_id=row.payout.annotator_id,
        kind=EarningKind.GOODWILL,
        source=f"award:{row.pk}",
        pot=PLATFORM,
        label=label,
        currency=row.currency,
        amount_minor=amount,
        lines=[{"kind": "award", "amount_minor": amount, "text": label}],
        state=EarningState.PAYABLE,
        hold_until=clock.now(),
        hold_reason="",
    )
    audit.record("gave_back", row, by=by, reason=why.strip(), amount_minor=amount)
    pot = owner("annotator", row.payout.annotator_id)
    legs: list[Leg] = [("annotator_returned", pot, -amount), ("annotator_payable", pot, amount)]
    post([Posting(f"award:{row.pk}", "award", legs, row.currency)], by=by)
    return earning
