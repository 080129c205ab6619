"""Offers: accepted or declined by those who got them. `cascade` ends the others.

Locks in the one order: the annotator, then offers by id, then (in the claim) the task. A task is
claimed by the one function of claims, so an offer and a pull can never both have its last slot.
"""

import uuid

from django.db import transaction

from accounts.actions import notices
from accounts.models import AnnotatorProfile
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import cascade, claims
from tasks.models import Assignment, Offer
from tasks.selectors import offers as reading
from tasks.states import LIVE, OFFER_MOVES, DeclineReason, OfferState

# The claim's refusal that means: the task is gone. All others leave the offer as it is.
GONE = "nothing_to_claim"
BUSY = "busy"


def accept(*, offer_id: uuid.UUID, by: Actor) -> Assignment:
    """Claim the offered task; accepted again, the claim it led to.

    Refuses `not_found` for another's offer, `offer_over` when its time is over or it was withdrawn,
    what a claim refuses (the offer stays: `cap_reached`, `funds_short`, ...), and `offer_missed`
    when somebody else was faster: another task of the project is then offered, if there is one.
    """
    with transaction.atomic():
        offer = _own(offer_id, by)
        if offer.state == OfferState.ACCEPTED:
            return _claim_of(offer)
        _still_out(offer)
        outcome = _claim(offer, by)
        if isinstance(outcome, Assignment):
            move(offer, OfferState.ACCEPTED, OFFER_MOVES, answered_at=Now())
            audit.record("offer_accepted", offer, by=by, assignment=str(outcome.pk))
            return outcome
        if outcome.code == GONE:
            outcome = Refused("offer_missed", _miss(offer, by))
    # Outside the transaction: what was found (missed, no money) is kept although it is refused.
    raise outcome


def _own(offer_id: uuid.UUID, by: Actor) -> Offer:
    """The annotator's own offer, both locked; anyone else's is `not_found`."""
    mine = Offer.objects.visible_to(by).filter(pk=offer_id) if by.kind is ActorKind.USER else None
    if mine is None or not mine.exists():
        raise NotFound("offer")
    AnnotatorProfile.objects.select_for_update(no_key=True).get(user_id=by.id)
    locked = Offer.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("project", "annotator").get(pk=offer_id)


def _still_out(offer: Offer) -> None:
    over = offer.expires_at is None or offer.expires_at <= clock.now()
    if offer.state != OfferState.OFFERED or over:
        raise Refused("offer_over", "This offer is over.")


def _claim_of(offer: Offer) -> Assignment:
    claimed = Assignment.objects.filter(task=offer.task_id, annotator=offer.annotator_id)
    return claimed.select_related("project", "task").latest("claimed_at")


def _claim(offer: Offer, by: Actor) -> Assignment | Refused:
    """The claim, the one of this task that they made from the queue, or why there is none."""
    held = Assignment.objects.filter(
        task=offer.task_id, annotator=offer.annotator_id, state__in=LIVE
    ).first()
    if held is not None:
        return held
    try:
        return claims.claim(
            annotator_id=offer.annotator_id,
            project_id=offer.project_id,
            task_id=offer.task_id,
            by=by,
        )
    except Refused as refusal:
        if refusal.code == BUSY:
            raise  # a lock did not come in time: the transaction is lost
        return refusal


def _miss(offer: Offer, by: Actor) -> str:
    """Keep that they came too late, and offer another task of the project; what they are told."""
    move(offer, OfferState.MISSED, OFFER_MOVES, answered_at=Now())
    task_id = reading.another_task(offer)
    if task_id is not None:
        Offer.objects.create(
            plan_id=offer.plan_id,
            project=offer.project,
            task_id=task_id,
            annotator_id=offer.annotator_id,
            score=offer.score,
            chance=offer.chance,
            **cascade.out_for(offer.project),
        )
    audit.record("offer_missed", offer, by=by, instead=str(task_id or ""))
    text = "Somebody else took the task a moment before you."
    if task_id is not None:
        text += " Another one of the project is offered to you instead."
    notices.notify(
        user_id=offer.annotator.user_id,
        kind="offer_missed",
        text=f"{offer.project.name}: {text}",
        link="/work/offers/",
    )
    return text


@transaction.atomic
def decline(*, offer_id: uuid.UUID, reason: str, by: Actor) -> Offer:
    """Say no, and why; whoever waits for the task moves up. Declined again, nothing changes.

    Refuses `not_found` for another's offer, `offer_over`, and (422) a reason that is not one of
    `DeclineReason`. A no has no effect on what is offered later, beyond the chance of acceptance.
    """
    if reason not in DeclineReason.values:
        known = ", ".join(DeclineReason.values)
        raise invalid("Say why.", [Fault("/reason", f"Must be one of: {known}.")])
    offer = _own(offer_id, by)
    if offer.state == OfferState.DECLINED:
        return offer
    _still_out(offer)
    move(offer, OfferState.DECLINED, OFFER_MOVES, answered_at=Now(), declined_why=reason)
    audit.record("offer_declined", offer, by=by, reason=reason)
    outbox.enqueue("tasks.move_up", task_id=str(offer.task_id))
    return offer
