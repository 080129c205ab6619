"""Differences between our books and another record: kept for a person, and settled by one."""

import uuid
from collections.abc import Collection

from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.models import Difference
from payments.states import DIFFERENCE_MOVES, DifferenceState

GONE = "A later comparison found that both sides agree."


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
def gone(*, kind: str, still: Collection[str], by: Actor) -> int:
    """What a whole comparison does not find any more is settled by that; returns how many were.

    `still` are the subjects that it does find. Only for comparisons that look at everything.
    """
    rows = Difference.objects.select_for_update(no_key=True).filter(
        kind=kind, state=DifferenceState.OPEN
    )
    left = [row for row in rows.order_by("pk") if row.subject not in still]
    for row in left:
        settle(row, GONE, by=by)
    return len(left)


@transaction.atomic
def over(*, kind: str, subjects: Collection[str], by: Actor) -> None:
    """The same for comparisons that look at a part: these subjects were looked at, and agree."""
    rows = Difference.objects.select_for_update(no_key=True).filter(
        kind=kind, state=DifferenceState.OPEN, subject__in=subjects
    )
    for row in rows.order_by("pk"):
        settle(row, GONE, by=by)


def settle(row: Difference, resolution: str, *, by: Actor) -> None:
    """Settled with these words; the caller holds its lock."""
    move(
        row,
        DifferenceState.RESOLVED,
        DIFFERENCE_MOVES,
        resolution=resolution.strip()[:2000],
        resolved_at=Now(),
    )
    audit.record("difference_resolved", row, by=by, reason=resolution)


@transaction.atomic
def take(*, difference_id: uuid.UUID, user_id: uuid.UUID, by: Actor) -> Difference:
    """A member of staff looks into it; another may take it over.

    Staff only. Refuses one that is resolved.
    """
    row = opened(difference_id, by=by)
    row.owner_id = user_id
    row.save(update_fields=["owner"])
    audit.record("difference_taken", row, by=by)
    return row


def opened(difference_id: uuid.UUID, *, by: Actor) -> Difference:
    """The row, locked, for staff; refuses `wrong_state` once it is resolved."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff settle differences.", status=403)
    row = Difference.objects.filter(pk=difference_id).first()
    if row is None:
        raise NotFound("difference")
    row = lock(row)
    if row.state != DifferenceState.OPEN:
        raise Refused("wrong_state", "This difference is resolved already.")
    return row


@transaction.atomic
def resolve(*, difference_id: uuid.UUID, resolution: str, by: Actor) -> Difference:
    """A person has looked into it, and says what it was and what was done.

    Staff only. Refuses (422) an empty resolution and (409) one that is resolved already.
    """
    if not resolution.strip():
        raise invalid("Say what it was and what was done: it is kept.")
    row = opened(difference_id, by=by)
    settle(row, resolution, by=by)
    return row
