"""What a person moved by hand in Stripe's dashboard is taken into the books by staff.

The comparisons find it (a refund that nobody here asked for, a transfer of no payout), and Stripe's
own books have moved cash for it. It is booked from the row of the difference, once for each number
of Stripe's, and looks then like a refund or a payout of ours: whatever comes back of it later is
recognised as theirs is. Above the limits of those another person books than who asked.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from accounts.models import AnnotatorProfile, Organization
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from payments.actions import differences, hand_refunds, hand_transfers
from payments.actions.ledger import post
from payments.currencies import CURRENCIES
from payments.models import Difference, HandBooking
from payments.states import DifferenceState
from payments.stripe import refunds as at_refunds
from payments.stripe import transfers as at_transfers
from payments.stripe.gateway import StripeFault, StripeRejected, Transfer
from payments.stripe.refunds import Returned

REFUNDS = ("refund_unknown", "refund_contradicted")
TRANSFERS = ("transfer_orphan", "payout_contradicted")
LONGEST = 300
Seen = TypeVar("Seen", Returned, Transfer)


@dataclass(frozen=True, slots=True)
class Found:
    """What a difference is about, as Stripe has it now, whose money it is, and who asked before."""

    seen: Returned | Transfer
    whose: Organization | AnnotatorProfile
    asked: HandBooking | None


def bookable(row: Difference) -> bool:
    """Whether a difference is of a kind that can be booked, and is open."""
    return row.state == DifferenceState.OPEN and row.kind in (*REFUNDS, *TRANSFERS)


def look(*, difference_id: uuid.UUID, by: Actor) -> Found:
    """Read at Stripe what would be booked; remote.

    Staff only (403). Refuses `not_bookable`, `not_at_stripe`, `stripe_away`, `already_booked`,
    `is_ours` while a row of ours may become it, and `not_ours` where it is nobody's here.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff book what was moved by hand.", status=403)
    row = Difference.objects.filter(pk=difference_id).first()
    if row is None:
        raise NotFound("difference")
    if not bookable(row):
        raise Refused("not_bookable", "There is nothing to book here, or no more.")
    number = row.subject.partition(":")[2]
    asked = HandBooking.objects.filter(difference=row).first()
    if row.kind in REFUNDS:
        refund = _read(at_refunds.read_refund, number)
        _known(refund.currency)
        return Found(refund, hand_refunds.whose(refund, by=by), asked)
    transfer = _read(at_transfers.read_transfer, number)
    _known(transfer.currency)
    return Found(transfer, hand_transfers.whose(transfer, by=by), asked)


def book(*, difference_id: uuid.UUID, reason: str, by: Actor) -> HandBooking:
    """Take it into the books; above the limit of one person first ask for it. Remote, then one
    transaction: rows, entries, and the difference, which is settled by it.

    A refund is taken from the client's prepaid money, and what that does not hold is the platform's
    loss. A transfer pays the annotator's payable earnings as far as it reaches, the oldest first;
    the rest is owed and kept from later payouts. The reason (422 without) is kept, and of a rest
    the annotator reads it. Refuses what `look` does, `wrong_state` once the difference is settled,
    and (403) `same_person` where somebody else has to book it.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST:
        fault = Fault("/reason", f"1 to {LONGEST} characters.")
        raise invalid("Say what happened: it is kept.", [fault])
    found = look(difference_id=difference_id, by=by)
    return _keep(difference_id, found, reason, by=by)


@transaction.atomic
def _keep(difference_id: uuid.UUID, found: Found, reason: str, *, by: Actor) -> HandBooking:
    """Asked for, or booked; of two at once the second finds the difference settled."""
    difference = differences.opened(difference_id, by=by)
    seen = found.seen
    if isinstance(seen, Returned):
        work: hand_refunds.Work | hand_transfers.Work = hand_refunds.Work(seen)
    else:
        work = hand_transfers.Work(seen)
    work.begin(by=by)
    row = HandBooking.objects.filter(difference=difference).first()
    if row is None:
        row = HandBooking(
            difference=difference,
            stripe_id=seen.id,
            currency=seen.currency,
            amount_minor=seen.amount_minor,
            reason=reason,
            asked_by=by.key,
            **work.owner(),
        )
        if work.second_needed():
            row.save()
            audit.record("asked_hand_booking", row, by=by, reason=reason, stripe=seen.id)
            return row
    elif row.asked_by == by.key:
        raise Refused("same_person", "Somebody else has to book this.", status=403)
    else:
        row.decided_by = by.key
    row.booked_at = clock.now()
    postings = work.rows(row, by=by)
    row.save()
    audit.record("booked_by_hand", row, by=by, reason=reason, amount_minor=row.amount_minor)
    differences.settle(difference, f"Booked: {row.reason}", by=by)
    if isinstance(seen, Transfer) and seen.reversed_minor:
        outbox.enqueue("payments.follow_transfer", payout_id=str(row.payout_id))
    post(postings, by=by)
    return row


def _read(read: Callable[[str], Seen], number: str) -> Seen:
    try:
        return read(number)
    except StripeRejected as fault:
        raise Refused("not_at_stripe", f"Stripe does not have {number}.") from fault
    except StripeFault as fault:
        text = "Stripe does not answer at the moment. Nothing was booked: try again."
        raise Refused("stripe_away", text) from fault


def _known(currency: str) -> None:
    if currency not in CURRENCIES:
        raise Refused("not_ours", "It is in a currency that we keep no account in.")
