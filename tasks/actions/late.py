"""What is written under a claim that is over: kept, and brought back with the next claim."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from tasks.actions.locking import lock_own
from tasks.interface.hygiene import json_problems
from tasks.models import Assignment, LateAnswer
from tasks.selectors.ended import is_over
from tasks.states import AssignmentState

# Nobody fills the table by posting for ever: after so many texts the newest takes the last place.
MOST_LATE = 20
KEPT = "The time for this claim is over. What you wrote is kept."

CALLED_OFF = "The client has called this work off. What you wrote is kept."


def refusal(row: Assignment) -> Refused:
    """Of what comes under a claim that is over."""
    if row.state == AssignmentState.CANCELLED:
        return Refused("called_off", CALLED_OFF)
    return Refused("too_late", KEPT)


@transaction.atomic
def keep_late(
    *, assignment_id: uuid.UUID, fence: int, answer: Mapping[str, Any], by: Actor
) -> bool:
    """Keep a text, complete or not, if its claim is over; False (and nothing kept) if it is live or
    answered.

    Refuses `not_found` for another's assignment, `stale_claim` for an old fencing token, and what
    cannot be stored (`invalid`).
    """
    problems = json_problems(answer)
    if problems:
        faults = [Fault(problem.pointer, problem.message) for problem in problems]
        raise invalid("This cannot be kept.", faults)
    row = lock_own(assignment_id, by)
    if not is_over(row):
        return False
    if row.fence != fence:
        raise Refused("stale_claim", "This claim has passed on: open the task again.")
    keep(row, answer, by=by)
    return True


def keep(row: Assignment, answer: Mapping[str, Any], *, by: Actor) -> None:
    """Keep a text for a claim that the caller has locked; nothing written, and the same text again,
    change nothing."""
    if not answer:
        return
    kept = LateAnswer.objects.filter(assignment=row).order_by("-pk")
    newest = kept.first()
    if newest is not None and newest.answer == answer:
        return
    if newest is not None and kept.count() >= MOST_LATE:
        kept.filter(pk=newest.pk).update(answer=answer, received_at=Now())
        return
    LateAnswer.objects.create(assignment=row, answer=answer)
    audit.record("answered_late", row, by=by)
