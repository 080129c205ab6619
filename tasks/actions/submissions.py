"""Handing in: one immutable submission for each version of an answer."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import late, requests, signs
from tasks.actions.locking import lock_own
from tasks.interface.hygiene import json_problems
from tasks.interface.problems import Problem
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical
from tasks.models import Assignment, Submission
from tasks.selectors.ended import is_over
from tasks.selectors.patience import patience
from tasks.states import ASSIGNMENT_MOVES, AssignmentState


def digest(answer: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical answer: equal answers, equal digests."""
    return hashlib.sha256(canonical(answer).encode()).hexdigest()


def submit(
    *,
    assignment_id: uuid.UUID,
    fence: int,
    answer: Mapping[str, Any],
    by: Actor,
    recorded: str = "",
) -> Submission:
    """Hand in an answer under a live claim; the same answer again under it is the same submission.

    `recorded` is what the page noted of how it was written; nothing in it can refuse the answer.

    Refuses `not_found` for another's assignment, `stale_claim` for an old fencing token, `invalid`
    (422, with pointers) for an answer that the interface does not allow, `already_submitted` for a
    second, different one. After the deadline: `too_late`, or `called_off`, and the text is kept.
    """
    problems = json_problems(answer)
    if problems or not isinstance(answer, Mapping):
        raise _invalid(problems or [Problem("", "Must be of type object.")])
    with transaction.atomic():
        row = lock_own(assignment_id, by)
        done = _again(row, fence, answer)
        if done is not None:
            return done
        if not is_over(row):
            return _hand_in(row, answer, recorded, by)
        late.keep(row, answer, by=by)
    # Outside the transaction: the text stays although it is refused.
    raise late.refusal(row)


def _again(row: Assignment, fence: int, answer: Mapping[str, Any]) -> Submission | None:
    """The submission this claim was already answered with, if the answer is the same."""
    if row.fence != fence:
        raise Refused("stale_claim", "This claim has passed on: open the task again.")
    if row.state in (AssignmentState.SUBMITTED, AssignmentState.ACCEPTED, AssignmentState.REJECTED):
        last = row.submissions.order_by("version").last()
        if last is not None and last.digest == digest(answer):
            return last
        raise Refused("already_submitted", "An answer was already handed in for this task.")
    return None


def _hand_in(row: Assignment, answer: Mapping[str, Any], recorded: str, by: Actor) -> Submission:
    problems = Interface.load(row.project.interface).check_answer(answer, row.task.payload)
    if problems:
        raise _invalid(problems)
    version = row.submissions.count() + 1
    requests.withdraw_older(row, by=by)
    submission = Submission.objects.create(
        assignment=row,
        task=row.task,
        annotator=row.annotator,
        version=version,
        answer=answer,
        digest=digest(answer),
        guideline_version=row.guideline_version,
    )
    move(
        row, AssignmentState.SUBMITTED, ASSIGNMENT_MOVES, submitted_at=Now(), draft=None,
        draft_saved_at=None, accept_at=after(patience(row)),
    )  # fmt: skip
    audit.record("submitted", row, by=by, submission=str(submission.pk), version=version)
    signs.keep(submission, recorded)
    outbox.enqueue("tasks.check_submission", submission_id=str(submission.pk))
    return submission


def _invalid(problems: list[Problem]) -> Refused:
    faults = [Fault(problem.pointer, problem.message) for problem in problems]
    return invalid("The answer is not complete or not allowed.", faults)
