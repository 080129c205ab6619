"""Offers: accepted or declined by those who got them. `cascade` ends the others.

A task is claimed by the one function of claims, so an offer and a pull can never both have its last
slot. The claim is a transaction of its own, under an id that follows from the offer's; what became
of the offer is kept in a second one. Its locks, in the one order: the annotator, then the offer.
"""

import uuid

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.actions import notices
from accounts.models import AnnotatorProfile
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.models import AuditEntry
from marketplace.core.states import move
from tasks.actions import cascade, claims
from tasks.models import Assignment, Offer
from tasks.selectors import offers as reading
from tasks.states import LIVE, OFFER_MOVES, DeclineReason, OfferState

# The claim's refusal that means: the task is gone. All others leave the offer as it is.
GONE = "nothing_to_claim"


def accept(*, offer_id: uuid.UUID, by: Actor) -> Assignment:
    """Claim the offered task; accepted again, the claim it led to.

    Refuses `not_found` for another's offer, `offer_over` when its time is over or it was withdrawn,
    what a claim refuses (the offer stays: `cap_reached`, `funds_short`, ...), and `offer_missed`
    when somebody else was faster: another task of the project is then offered, if there is one.
    An offer that runs out at the moment of the claim stays run out; the claim stands.
    """
    offer = _mine(offer_id, by).get()
    if _claim_of(offer) is None:
        _still_out(offer)
        _claim(offer, by)
    outcome = _settle(offer_id, by)
    # Outside the transaction: that it was missed is kept although it is refused.
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _mine(offer_id: uuid.UUID, by: Actor) -> QuerySet[Offer]:
    """The annotator's own offer; anyone else's is `not_found`."""
    mine = Offer.objects.visible_to(by).filter(pk=offer_id) if by.kind is ActorKind.USER else None
    if mine is None or not mine.exists():
        raise NotFound("offer")
    return mine


def _own(offer_id: uuid.UUID, by: Actor) -> Offer:
    """The annotator's own offer, both locked; anyone else's is `not_found`."""
    _mine(offer_id, by)
    AnnotatorProfile.objects.select_for_update(no_key=True).get(user_id=by.id)
    locked = Offer.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("project", "annotator").get(pk=offer_id)


def _still_out(offer: Offer) -> None:
    over = offer.expires_at is None or offer.expires_at <= clock.now()
    if offer.state != OfferState.OFFERED or over:
        raise _over()


def _over() -> Refused:
    return Refused("offer_over", "This offer is over.")


def _claim_id(offer: Offer) -> uuid.UUID:
    """The same offer, the same claim: accepted twice at once, it is made once."""
    return uuid.uuid5(offer.pk, "claim")


def _claim_of(offer: Offer) -> Assignment | None:
    """The claim the offer led to, or the one of this task that its annotator holds."""
    claimed = Assignment.objects.filter(task=offer.task_id, annotator=offer.annotator_id)
    if offer.state != OfferState.ACCEPTED:
        claimed = claimed.filter(Q(pk=_claim_id(offer)) | Q(state__in=LIVE))
    return claimed.select_related("project", "task").order_by("claimed_at").last()


def _claim(offer: Offer, by: Actor) -> None:
    """Try to claim; that the task is gone is no fault here, `_settle` finds no claim then."""
    try:
        claims.claim(
            annotator_id=offer.annotator_id,
            project_id=offer.project_id,
            task_id=offer.task_id,
            claim_id=_claim_id(offer),
            by=by,
        )
    except Refused as refusal:
        if refusal.code != GONE:
            raise


@transaction.atomic
def _settle(offer_id: uuid.UUID, by: Actor) -> Assignment | Refused:
    """Keep what became of the offer, once: accepted if there is a claim, else missed."""
    offer = _own(offer_id, by)
    claim = _claim_of(offer)
    if claim is None:
        missed = offer.state == OfferState.OFFERED
        return Refused("offer_missed", _miss(offer, by)) if missed else _over()
    if offer.state == OfferState.OFFERED:  # the claim passed it over: another held its row
        move(offer, OfferState.ACCEPTED, OFFER_MOVES, answered_at=Now())
    if offer.state == OfferState.ACCEPTED and not _is_noted(offer):
        audit.record("offer_accepted", offer, by=by, assignment=str(claim.pk))
    return claim


def _is_noted(offer: Offer) -> bool:
    return AuditEntry.objects.filter(
        subject=audit.subject_of(offer), verb="offer_accepted"
    ).exists()


def _miss(offer: Offer, by: Actor) -> str:
    """Keep that they came too late, and offer another task of the project; what they are told."""
    move(offer, OfferState.MISSED, OFFER_MOVES, answered_at=Now())
    task_id = _offer_another(offer)
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


def _offer_another(offer: Offer) -> uuid.UUID | None:
    """The task of the same project that is now offered instead, if there is one."""
    task_id = reading.another_task(offer)
    if task_id is None:
        return None
    instead = Offer(
        plan_id=offer.plan_id,
        project=offer.project,
        task_id=task_id,
        annotator_id=offer.annotator_id,
        score=offer.score,
        chance=offer.chance,
        **cascade.out_for(offer.project),
    )
    # A plan of this moment may have asked them about the same task; then its offer stands.
    Offer.objects.bulk_create([instead], ignore_conflicts=True)
    out = reading.out(offer.annotator_id).filter(task=task_id)
    return task_id if out.exists() else None


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
