"""Differences between our books and another record: kept for a person, and settled by one."""

import uuid

from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.models import Difference
from payments.states import DIFFERENCE_MOVES, DifferenceState


@transaction.atomic
def found(
    *,
    kind: str,
    subject: str,
    reason: str,
    by: Actor,
    currency: str = "",
    ours_minor: int | None = None,
    theirs_minor: int | None = None,
) -> Difference:
    """Keep a difference for a person; one that is open already is brought up to date."""
    says = {
        "reason": reason[:500],
        "currency": currency,
        "ours_minor": ours_minor,
        "theirs_minor": theirs_minor,
    }
    row, new = Difference.objects.get_or_create(
        kind=kind, subject=subject, state=DifferenceState.OPEN, defaults=says
    )
    if new:
        audit.record("difference_found", row, by=by, reason=reason, subject=subject)
    else:
        Difference.objects.filter(pk=row.pk).update(**says, seen_at=Now())
    return row


@transaction.atomic
def resolve(*, difference_id: uuid.UUID, resolution: str, by: Actor) -> Difference:
    """A person has looked into it, and says what it was and what was done.

    Staff only. Refuses (422) an empty resolution and (409) one that is resolved already.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff settle differences.", status=403)
    if not resolution.strip():
        raise invalid("Say what it was and what was done: it is kept.")
    row = Difference.objects.filter(pk=difference_id).first()
    if row is None:
        raise NotFound("difference")
    row = lock(row)
    move(
        row,
        DifferenceState.RESOLVED,
        DIFFERENCE_MOVES,
        resolution=resolution.strip()[:2000],
        resolved_at=Now(),
    )
    audit.record("difference_resolved", row, by=by, reason=resolution)
    return row
