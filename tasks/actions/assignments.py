"""Claims: taken, extended, given back. One function makes them for every door."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import AnnotatorProfile
from marketplace.core import audit, leases
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import reserve
from tasks.actions import expiry, funding, late, queue, refusals, slots
from tasks.actions.locking import lock_own
from tasks.interface.hygiene import clean_text, json_problems
from tasks.matching import rules
from tasks.models import Assignment
from tasks.selectors import facts
from tasks.states import ASSIGNMENT_MOVES, CORRECTION, HELD, AssignmentState

# How many projects without money a claim looks at before it says so.
MOST_TRIES = 20


def claim(*, annotator_id: uuid.UUID, by: Actor, project_id: uuid.UUID | None = None) -> Assignment:
    """The annotator takes the next task, of any project or of one, with its price reserved.

    Refuses `cap_reached`; `not_found` for another's profile; `funds_short` when there are tasks but
    no money for them (their clients are told); `nothing_to_claim` only when no open task is left
    that this annotator may do; for one project the rule that stops them (`language_missing`, ...).
    """
    return _claim(annotator_id, by, project_id=project_id)


def reclaim(*, assignment_id: uuid.UUID, by: Actor) -> Assignment:
    """Take the same task again after its time ran out, while its slot is free: a new claim.

    It reserves anew, carries a higher fencing token, and brings back what was written (a late
    answer before a draft). Refuses as a claim does, and `wrong_state` unless the time ran out or
    the task was given back.
    """
    if by.kind is not ActorKind.USER:
        raise NotFound("assignment")
    mine = Assignment.objects.filter(pk=assignment_id, annotator__user_id=by.id)
    if not mine.exists():
        raise NotFound("assignment")
    expiry.expire(assignment_id=assignment_id, by=by)  # its time may be over since a moment ago
    old = mine.get()
    if old.state not in (AssignmentState.EXPIRED, AssignmentState.RELEASED):
        raise Refused("wrong_state", "This task is still yours, or has been handed in.")
    return _claim(old.annotator_id, by, project_id=old.project_id, task_id=old.task_id)


def _claim(annotator_id: uuid.UUID, by: Actor, **only: uuid.UUID | None) -> Assignment:
    short: list[uuid.UUID] = []
    try:
        with refusals.busy(), transaction.atomic():
            annotator = _claimant(annotator_id, by)
            return _first_that_holds(annotator, short, by, **only)
    finally:
        # After the claim's own transaction, which may have been refused: the client is told anyway.
        for project_id in sorted(short):
            funding.mark_short(project_id=project_id, by=by)


def _claimant(annotator_id: uuid.UUID, by: Actor) -> AnnotatorProfile:
    """The locked profile, below its cap of open claims: its claims happen one after the other."""
    row = AnnotatorProfile.objects.select_for_update(no_key=True).filter(pk=annotator_id).first()
    if row is None or (by.kind is ActorKind.USER and str(row.user_id) != by.id):
        raise NotFound("annotator")
    held = Assignment.objects.filter(annotator=row, state__in=HELD).count()
    moment = rules.Moment(open_claims=held, most_claims=settings.OPEN_CLAIMS_MAX)
    if not rules.CAP.holds(moment):
        raise Refused(rules.CAP.code, rules.CAP.sentence(moment))
    return row


def _first_that_holds(
    annotator: AnnotatorProfile, short: list[uuid.UUID], by: Actor, **only: uuid.UUID | None
) -> Assignment:
    """Try project after project; a try is undone unless the rules pass and the money is there."""
    who = facts.of_annotator(annotator.pk)
    passed_over: list[uuid.UUID] = []
    while len(short) < MOST_TRIES:
        wanted = queue.Wanted(annotator.pk, annotator.user_id, skip=(*short, *passed_over), **only)
        try:
            with transaction.atomic():
                row = queue.take(wanted)
                if row is None:
                    break
                _check_pair(row, who)
                _check_funds(row, by)
        except _NotEligible as stop:
            passed_over.append(stop.project_id)
        except _Unfunded as stop:
            short.append(stop.project_id)
        else:
            audit.record("claimed", row, by=by, task=str(row.task_id), price_minor=row.price_minor)
            return row
    if short:
        raise Refused(rules.FUNDED.code, rules.FUNDED.sentence(rules.Moment(funded=False)))
    raise refusals.nothing_to_claim(who, **only)


class _NextProject(Exception):
    """Undo this try and go on with the next project."""

    def __init__(self, project_id: uuid.UUID) -> None:
        super().__init__(str(project_id))
        self.project_id = project_id


class _NotEligible(_NextProject):
    """A requirement stopped being met after the candidates were listed."""


class _Unfunded(_NextProject):
    """The project's money does not cover this claim."""


def _check_pair(row: Assignment, who: rules.AnnotatorFacts) -> None:
    if not rules.eligible(rules.Pair(who, facts.of_project(row.project))):
        raise _NotEligible(row.project_id)


def _check_funds(row: Assignment, by: Actor) -> None:
    funded = reserve.reserve(
        holder=row.holder,
        pot=row.project.pot,
        organization_id=row.project.organization_id,
        currency=row.currency,
        price_minor=row.price_minor,
        fee_minor=row.fee_minor,
        by=by,
    )
    if not funded:
        raise _Unfunded(row.project_id)


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
def release(*, assignment_id: uuid.UUID, fence: int, by: Actor, reason: str = "") -> Assignment:
    """Give the task back: its slot is open again, its money free; the draft is kept."""
    row = _own_open(assignment_id, fence, by)
    move(row, AssignmentState.RELEASED, ASSIGNMENT_MOVES, final_at=Now())
    slots.reopen(row.task)
    audit.record("released", row, by=by, reason=clean_text(reason)[:200])
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
        ended = row.state in (AssignmentState.EXPIRED, AssignmentState.RELEASED)
        code, message = (
            ("too_late", "The time for this claim is over.")
            if ended
            else ("wrong_state", "This task has been handed in.")
        )
        raise Refused(code, message)
    leases.hold(row, fence)
    return row
