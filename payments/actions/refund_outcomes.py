"""What becomes of a part of a refund: taken, sent, failed, frozen. Each one transaction.

As with payouts: what a worker learnt is written only while the row is still that worker's; a
refund that exists at Stripe, or that came back, is a fact whoever saw it.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from accounts.actions import notices
from accounts.states import Role
from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from marketplace.core.states import lock, move
from payments.actions import differences, trying
from payments.actions.ledger import Leg, Posting, post
from payments.actions.refunds import PAGE
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import Refund, RefundPart
from payments.states import (
    REFUND_MOVES,
    REFUND_PART_MOVES,
    AtStripe,
    RefundPartState,
    RefundState,
)
from payments.stripe.refunds import Returned

WAITING = (RefundPartState.READY, RefundPartState.SENDING, RefundPartState.UNKNOWN)


def due() -> Q:
    """Parts whose turn it is: new ones, retries, and those whose worker died."""
    return Q(state__in=WAITING, next_try_at__lte=clock.Now())


def take(part_id: uuid.UUID) -> RefundPart | None:
    """Claim a due part for one try and commit that before the call; None: not due, or taken."""
    rows = RefundPart.objects.filter(due(), pk=part_id)
    return trying.take(rows, moves=REFUND_PART_MOVES)


@transaction.atomic
def sent(part_id: uuid.UUID, found: Returned, *, by: Actor) -> None:
    """The refund exists at Stripe. Once, whoever saw it; the client's refund ends with its last
    part. What Stripe says of it is kept each time.
    """
    refund, row = _both(part_id)
    if row.state in (RefundPartState.SENT, RefundPartState.FAILED):
        if row.stripe_refund != found.id:
            differences.found(
                kind="refund_contradicted",
                subject=f"refund:{found.id}",
                reason=f"Part {row.pk} is {row.state} as {row.stripe_refund}.",
                currency=row.currency,
                theirs_minor=found.amount_minor,
                by=by,
            )
        else:
            _says(refund, row, found)
        return
    move(
        row,
        RefundPartState.SENT,
        REFUND_PART_MOVES,
        stripe_refund=found.id,
        at_stripe=stripe_says(found),
        sent_at=clock.now(),
        ambiguous=False,
        last_error="",
    )
    audit.record("refund_sent", row, by=by, refund=found.id)
    _end(refund, by=by)


def stripe_says(found: Returned) -> str:
    """The status of a refund at Stripe, or nothing where the word is not known here."""
    return found.status if found.status in AtStripe.values else ""


def _says(refund: Refund, row: RefundPart, found: Returned) -> None:
    """Stripe says something new of a part that was made: it may ask the client only now."""
    before, row.at_stripe = row.at_stripe, stripe_says(found)
    row.save(update_fields=["at_stripe"])
    if before != row.at_stripe == AtStripe.ASKS and refund.state == RefundState.SENT:
        tell(refund)


def _both(part_id: uuid.UUID) -> tuple[Refund, RefundPart]:
    """The client's refund and one part of it, locked in this order."""
    part = RefundPart.objects.get(pk=part_id)
    refund = Refund.objects.select_for_update(no_key=True).get(pk=part.refund_id)
    return refund, lock(part)


def _end(refund: Refund, *, by: Actor) -> None:
    """Bring the client's refund up to date with its parts, and tell the owners when it ends."""
    parts = RefundPart.objects.filter(refund=refund)
    ended = (RefundPartState.SENT, RefundPartState.FAILED)
    lost = parts.filter(state=RefundPartState.FAILED).aggregate(minor=Sum("amount_minor"))
    refund.failed_minor = lost["minor"] or 0
    if parts.exclude(state__in=ended).exists():
        # A refund that is under way may not look failed yet, though every part so far is.
        Refund.objects.filter(pk=refund.pk).update(failed_minor=refund.failed_minor)
        return
    whole = refund.failed_minor == refund.amount_minor
    to = RefundState.FAILED if whole else RefundState.SENT
    if refund.state == to:
        refund.save(update_fields=["failed_minor"])
    else:
        ended_at = refund.ended_at or clock.now()
        lost_minor = refund.failed_minor
        move(refund, to, REFUND_MOVES, failed_minor=lost_minor, ended_at=ended_at)
        audit.record(f"refund_{to}", refund, by=by, failed_minor=refund.failed_minor)
    tell(refund)


def tell(refund: Refund) -> None:
    """One sentence to each owner."""
    currency, back = refund.currency, refund.failed_minor
    whole = major(refund.amount_minor, currency)
    if not back:
        text = _made(refund, whole)
    else:
        text = (
            f"Of your refund of {whole}, {major(back, currency)} was refused by the bank or by "
            "Stripe and is paid in again."
        )
    people = refund.organization.memberships.filter(role=Role.OWNER)
    tellings = [
        notices.Telling(person, text, PAGE) for person in people.values_list("user_id", flat=True)
    ]
    notices.notify_many(kind="refund", tellings=tellings)


def _made(refund: Refund, whole: str) -> str:
    """What is next once every part is made at Stripe, which waits for a bank account for some."""
    waits = RefundPart.objects.filter(refund=refund, at_stripe=AtStripe.ASKS)
    asked = waits.aggregate(minor=Sum("amount_minor"))["minor"]
    if not asked:
        return f"Your refund of {whole} was sent. Banks take up to ten days to show it."
    return (
        f"Your refund of {whole} is made. {major(asked, refund.currency)} of it goes to a bank "
        "account: Stripe asks you by e-mail which one, and it is sent "
        "once you have answered. Banks take up to ten days to show it."
    )


@transaction.atomic
def refused(taken: RefundPart, reason: str, *, by: Actor) -> None:
    """Stripe executed and refused it: the money is prepaid again."""
    refund, row = _both(taken.pk)
    if row.state == RefundPartState.SENDING and row.last_sent_at == taken.last_sent_at:
        _lost(refund, row, reason, by=by)


@transaction.atomic
def came_back(part_id: uuid.UUID, found: Returned, *, by: Actor) -> None:
    """A refund that was made has failed, perhaps weeks later: the money is prepaid again, once."""
    refund, row = _both(part_id)
    if row.state != RefundPartState.FAILED:
        reason = f"Stripe says {found.status}: {found.failure or 'no reason given'}"
        _lost(refund, row, reason, by=by)


def _lost(refund: Refund, row: RefundPart, reason: str, *, by: Actor) -> None:
    """The reverse of the beginning, for one part; both rows are locked."""
    move(row, RefundPartState.FAILED, REFUND_PART_MOVES, last_error=reason[:600], ambiguous=False)
    audit.record("refund_failed", row, by=by, reason=reason)
    _end(refund, by=by)
    pot, borne = owner("org", refund.organization_id), refund.borne_minor
    legs: list[Leg] = [
        ("clearing_refund", PLATFORM, -row.amount_minor),
        ("client_prepaid", pot, row.amount_minor - borne),
        ("platform_loss", PLATFORM, borne),  # only of one made by hand, which is one part
    ]
    key, data = f"refund:{row.pk}:failed", {"refund": str(refund.pk)}
    moved = [leg for leg in legs if leg[2]]
    post([Posting(key, "refund_failed", moved, row.currency, data)], by=by)


@transaction.atomic
def frozen(taken: RefundPart, reason: str, *, by: Actor) -> None:
    """Something that only a person can judge: nothing more is sent until one has."""
    row = trying.still(taken)
    if row is not None:
        move(row, RefundPartState.FROZEN, REFUND_PART_MOVES, last_error=reason[:600])
        differences.found(
            kind="refund_frozen",
            subject=f"refund_part:{row.pk}",
            reason=reason,
            currency=row.currency,
            ours_minor=row.amount_minor,
            by=by,
        )


@transaction.atomic
def unfreeze(*, part_id: uuid.UUID, reason: str, by: Actor) -> RefundPart:
    """A person has looked: try again, after a look at Stripe for what may be there.

    Staff only, with a reason. Refuses (409) a part that is not frozen.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff let a frozen refund go.", status=403)
    if not reason.strip():
        raise invalid("Say why: it is kept in the audit trail.")
    row = RefundPart.objects.filter(pk=part_id).first()
    if row is None:
        raise NotFound("refund")
    row = lock(row)
    if row.state != RefundPartState.FROZEN:
        raise Refused("wrong_state", "This part of a refund is not frozen.")
    now = clock.now()
    columns: dict[str, Any] = {
        "ambiguous": True, "last_look_at": now, "next_try_at": now, "empty_looks": 0,
    }  # fmt: skip
    move(row, RefundPartState.UNKNOWN, REFUND_PART_MOVES, **columns)
    audit.record("unfroze_refund", row, by=by, reason=reason)
    return row
