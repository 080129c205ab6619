"""The end of claims whose time is over: the slot and the money are free again, the draft stays."""

import uuid

from django.db import transaction

from marketplace.core import audit, clock, leases
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import reserve
from tasks.actions import slots, telling
from tasks.actions.locking import lock_assignment
from tasks.models import Assignment, ReviewAssignment
from tasks.states import (
    ASSIGNMENT_MOVES,
    HELD,
    REVIEW_ASSIGNMENT_MOVES,
    AssignmentState,
    ReviewAssignmentState,
)

BATCH = 500


def expire_assignments(*, by: Actor) -> int:
    """End up to 500 claims whose time is over, oldest first; returns how many were ended.

    One transaction each, and rows that another transaction holds are left for the next sweep: a
    submit that came just in time wins, and nobody waits.
    """
    over = leases.expired(Assignment.objects.filter(state__in=HELD))
    ids = list(over.values_list("pk", flat=True)[:BATCH])
    return sum(expire(assignment_id=assignment_id, by=by) for assignment_id in ids)


@transaction.atomic
def expire(*, assignment_id: uuid.UUID, by: Actor) -> bool:
    """End one claim if its time is over; False if not, or if somebody else is at work on it."""
    row = lock_assignment(assignment_id, skip_locked=True)
    if row is None or row.state not in HELD or row.leased_until > clock.now():
        return False
    was = row.state
    move(row, AssignmentState.EXPIRED, ASSIGNMENT_MOVES, final_at=Now())
    slots.reopen(row.task)
    audit.record("expired", row, by=by)
    telling.expired(row, was)
    reserve.release(holder=row.holder, by=by)
    return True


def expire_reviews(*, by: Actor) -> int:
    """End up to 500 reviewers' claims whose time is over; their submissions wait again."""
    over = leases.expired(ReviewAssignment.objects.filter(state=ReviewAssignmentState.CLAIMED))
    ids = list(over.values_list("pk", flat=True)[:BATCH])
    return sum(_expire_review(claim_id, by) for claim_id in ids)


@transaction.atomic
def _expire_review(claim_id: uuid.UUID, by: Actor) -> bool:
    row = (
        ReviewAssignment.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(leases.over(), pk=claim_id, state=ReviewAssignmentState.CLAIMED)
        .first()
    )
    if row is None:
        return False
    move(row, ReviewAssignmentState.EXPIRED, REVIEW_ASSIGNMENT_MOVES)
    audit.record("review_expired", row, by=by)
    reserve.release(holder=row.holder, by=by)
    return True
