"""A suspended annotator keeps what was earned and may claim nothing, until reinstated."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import adverse, notices
from accounts.models import AnnotatorProfile
from accounts.states import ANNOTATOR_MOVES, AdverseKind, AnnotatorState, PolicyRule
from marketplace.core import audit, outbox, states
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

_VERBS = {
    AnnotatorState.SUSPENDED: "suspend_annotator",
    AnnotatorState.ACTIVE: "reinstate_annotator",
}


def suspend(
    *, annotator_id: uuid.UUID, reason: str, by: Actor, evidence: Sequence[str] = ()
) -> AnnotatorProfile:
    """Staff stop an annotator from claiming work, with a reason that the annotator reads, and the
    `evidence` (`kind:id` or addresses) if there is any."""
    text = _("Your account was suspended from claiming work. Reason: %(reason)s")
    to = AnnotatorState.SUSPENDED
    return _move(annotator_id, to, reason=reason, text=text, by=by, evidence=evidence)


def reinstate(*, annotator_id: uuid.UUID, reason: str, by: Actor) -> AnnotatorProfile:
    """Staff let an annotator claim work again."""
    text = _("You may claim work again. Reason: %(reason)s")
    return _move(annotator_id, AnnotatorState.ACTIVE, reason=reason, text=text, by=by)


def _move(
    annotator_id: uuid.UUID,
    to: AnnotatorState,
    *,
    reason: str,
    text: str,
    by: Actor,
    evidence: Sequence[str] = (),
) -> AnnotatorProfile:
    if by.kind not in (ActorKind.STAFF, ActorKind.COMMAND):
        raise Refused("staff_only", "This is for staff only.", status=403)
    reason = reason.strip()
    if not reason:
        raise invalid("Say why.", [Fault("/reason", "A reason is required.")])
    with transaction.atomic():
        rows = AnnotatorProfile.objects.select_for_update(no_key=True)
        profile = rows.filter(pk=annotator_id).first()
        if profile is None:
            raise NotFound("annotator")
        page = ""
        if to == AnnotatorState.SUSPENDED:
            page = _removed(profile, reason, evidence, by)
        states.move(profile, to, ANNOTATOR_MOVES)
        verb = _VERBS[to]
        audit.record(verb, profile, by=by, reason=reason)
        outbox.emit("accounts.annotator_changed", annotator_id=str(profile.pk))
        words = text % {"reason": reason}
        notices.notify(user_id=profile.user_id, kind=verb, text=words, link=page)
    return profile


def _removed(profile: AnnotatorProfile, reason: str, evidence: Sequence[str], by: Actor) -> str:
    act = adverse.record(
        annotator=profile,
        kind=AdverseKind.REMOVAL,
        subject=f"annotator:{profile.pk}",
        rule=PolicyRule.REMOVAL,
        text=reason,
        evidence=evidence,
        by=by,
    )
    return adverse.page_of(act)
