"""Claims that are held: extended, given back, their drafts kept. `claims` makes them."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from marketplace.core import audit, leases
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import reserve
from tasks.actions import gold_standing, late, slots
from tasks.actions.locking import lock_own
from tasks.interface.hygiene import clean_text, json_problems
from tasks.models import Assignment
from tasks.states import ASSIGNMENT_MOVES, CORRECTION, ENDED, HELD, AssignmentState, SkipReason


@transaction.atomic
def extend(*, assignment_id: uuid.UUID, fence: int, by: Actor) -> Assignment:
    """Begin the time anew, at most three times: the project's minutes, or 72 h for a correction.

    Refuses `stale_claim`, `too_late`, `no_more_extensions`, and `wrong_state` once handed in.
    """
    row = _own_open(assignment_id, fence, by)
    minutes = dt.timedelta(minutes=row.project.lease_minutes)
    leases.extend(row, CORRECTION if row.state == AssignmentState.RETURNED else minutes)
    audit.record("extended", row, by=by, extensions=row.extensions)
    return row


@transaction.atomic
def release(
    *,
    assignment_id: uuid.UUID,
    fence: int,
    by: Actor,
    skip_reason: str = SkipReason.OTHER,
    reason: str = "",
) -> Assignment:
    """Give the task back, and say why: its slot is open again, its money free; the draft is kept.

    `skip_reason` is one of SkipReason, else refused (`invalid`); `reason` is free text. A task that
    comes back too often leaves the queue until staff have looked at it.
    """
    if skip_reason not in SkipReason.values:
        raise invalid("Say why you give it back.", [Fault("/skip_reason", "Choose a reason.")])
    row = _own_open(assignment_id, fence, by)
    columns: dict[str, Any] = {"final_at": Now(), "skip_reason": skip_reason}
    move(row, AssignmentState.RELEASED, ASSIGNMENT_MOVES, **columns)
    slots.reopen(row.task, by=by, setback=True)
    gold_standing.unanswered([row.pk])
    text = clean_text(reason)[:200]
    audit.record("released", row, by=by, reason=text, skip_reason=str(skip_reason))
    reserve.release(holder=row.holder, by=by)
    return row


def save_draft(
    *, assignment_id: uuid.UUID, fence: int, draft: Mapping[str, Any], by: Actor
) -> Assignment:
    """Keep what is written so far, right or wrong.

    Refuses `too_late` when the claim is over; the text is kept all the same, and the next claim
    begins with it. A draft is not in the audit trail: it is the annotator's own scratch paper,
    saved every few seconds.
    """
    if not isinstance(draft, Mapping):
        raise invalid("A draft is an object.", [Fault("", "Must be of type object.")])
    problems = json_problems(draft)
    if problems:
        raise invalid("The draft cannot be kept.", [Fault(p.pointer, p.message) for p in problems])
    with transaction.atomic():
        if not late.keep_late(assignment_id=assignment_id, fence=fence, answer=draft, by=by):
            row = _own_open(assignment_id, fence, by)
            row.draft = draft
            row.draft_saved_at = Now()
            row.save(update_fields=["draft", "draft_saved_at"])
            row.refresh_from_db(fields=["draft_saved_at"])
            return row
    # Outside the transaction: the text stays although it is refused.
    raise Refused("too_late", late.KEPT)


def _own_open(assignment_id: uuid.UUID, fence: int, by: Actor) -> Assignment:
    """The annotator's own assignment, locked and still in their hands."""
    row = lock_own(assignment_id, by)
    if row.state not in HELD:
        if row.state == AssignmentState.CANCELLED:
            raise late.refusal(row)
        code, message = (
            ("too_late", "The time for this claim is over.")
            if row.state in ENDED
            else ("wrong_state", "This task has been handed in.")
        )
        raise Refused(code, message)
    leases.hold(row, fence)
    return row
