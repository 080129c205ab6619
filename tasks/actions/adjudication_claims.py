"""An adjudicator's claim: one disputed task with a lease, its price reserved, paid whatever is
decided.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import AnnotatorProfile, User
from accounts.selectors.reviewers import Reviewer
from accounts.selectors.reviewers import reviewer as reviewer_of
from marketplace.core import audit, leases, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import after
from marketplace.core.errors import NotFound, Refused
from marketplace.core.money import fee
from marketplace.core.states import move
from payments.actions import earnings, reserve
from payments.states import EarningKind
from tasks.actions import adjudication, funding
from tasks.models import AdjudicationAssignment, Result, Task
from tasks.selectors import disputes
from tasks.states import REVIEW_ASSIGNMENT_MOVES, ReviewAssignmentState, TaskState

# Reading all answers and their reviews takes longer than one review does.
LEASE = dt.timedelta(hours=1)
BATCH = 50


def claim_next(*, by: Actor, user: User) -> AdjudicationAssignment:
    """Take the dispute that has waited longest, or the one in hand.

    Refuses `not_allowed` (403) to whoever is no adjudicator, `nothing_to_decide`, and `funds_short`
    when only disputes without money are left.
    """
    who = reviewer_of(user=user, by=by)
    if who.annotator_id is None or not who.levels:
        raise Refused("not_allowed", "This is for qualified adjudicators.", status=403)
    mine = disputes.in_hand(user)
    if mine is not None:
        return mine
    short: set[uuid.UUID] = set()
    for task in disputes.open_to(who):
        taken = _try(task, short, by, who) if task.project_id not in short else None
        if taken is not None:
            return taken
    if short:
        raise Refused("funds_short", "The clients' money for this is used up for the moment.")
    raise Refused("nothing_to_decide", "No dispute waits for a decision by you.")


def _try(
    task: Task, short: set[uuid.UUID], by: Actor, who: Reviewer
) -> AdjudicationAssignment | None:
    """One claim; None if somebody else was faster, or the project is short of money."""
    try:
        with transaction.atomic():
            return _claim(task.pk, by, who)
    except Refused as refusal:
        if refusal.code == "funds_short":
            short.add(task.project_id)
            funding.mark_short(project_id=task.project_id, by=by)
        return None


def _claim(task_id: uuid.UUID, by: Actor, who: Reviewer) -> AdjudicationAssignment:
    """In one transaction: the adjudicator (one claim at a time), the task, the claim, the money."""
    User.objects.select_for_update(no_key=True).get(pk=who.user.pk)
    if disputes.in_hand(who.user) is not None:
        raise Refused("cap_reached", "One dispute is decided at a time.")
    task = adjudication.locked(task_id)
    adjudication.impartial(task, who.user)
    if task.state != TaskState.DISPUTED:
        raise Refused("wrong_state", "This task is not disputed, or has been decided.")
    payee = AnnotatorProfile.objects.get(user=who.user)
    row = _row(task, payee, who)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused("taken", "Another adjudicator has this task.") from None
    row.refresh_from_db(fields=["leased_until", "claimed_at"])
    audit.record("adjudication_claimed", row, by=by, task=str(task.pk))
    if row.price_minor and not funding.reserve_for(row, task.project, by=by):
        raise Refused("funds_short", "The client's money does not cover this for the moment.")
    return row


def _row(task: Task, payee: AnnotatorProfile, who: Reviewer) -> AdjudicationAssignment:
    project = task.project
    price = project.decision_minor
    return AdjudicationAssignment(
        task=task,
        adjudicator=who.user,
        payee=payee,
        currency=project.currency,
        price_minor=price,
        fee_minor=fee(price, project.fee_bps),
        leased_until=after(LEASE),
    )


@transaction.atomic
def decide(
    *,
    claim_id: uuid.UUID,
    fence: int,
    answer: Mapping[str, Any],
    reason: str,
    by: Actor,
    user: User,
) -> Result:
    """Give the last word on the task in hand, and be paid whatever it is.

    Refuses `not_found`, `too_late`, `stale_claim`, `invalid` (422), `wrong_state`.
    """
    row = _locked(claim_id, by)
    if row.state != ReviewAssignmentState.CLAIMED:
        raise Refused("too_late", "The time for this decision is over.")
    leases.hold(row, fence)
    adjudication.check(row.task, answer, reason)
    move(row, ReviewAssignmentState.DONE, REVIEW_ASSIGNMENT_MOVES)
    label = f"Adjudication: {row.task.project.name}"
    pay = (
        [earnings.Accrual(row.holder, row.payee_id, label, EarningKind.ADJUDICATION)]
        if row.price_minor
        else []
    )
    return adjudication.settle(row.task, answer, reason, user=user, by=by, also=pay)


@transaction.atomic
def release(*, claim_id: uuid.UUID, by: Actor) -> AdjudicationAssignment:
    """Give the dispute back to the others, and its price to the project."""
    row = _locked(claim_id, by)
    move(row, ReviewAssignmentState.RELEASED, REVIEW_ASSIGNMENT_MOVES)
    audit.record("adjudication_released", row, by=by)
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    reserve.release(holder=row.holder, by=by)
    return row


def _locked(claim_id: uuid.UUID, by: Actor) -> AdjudicationAssignment:
    """One's own claim, its task locked first; anyone else's is `not_found`."""
    found = AdjudicationAssignment.objects.filter(pk=claim_id).first()
    if found is None or by.kind is not ActorKind.USER or str(found.adjudicator_id) != by.id:
        raise NotFound("adjudication")
    task = adjudication.locked(found.task_id)
    row = AdjudicationAssignment.objects.select_for_update(no_key=True).get(pk=claim_id)
    row.task = task
    return row


def expire(*, by: Actor) -> int:
    """End up to 50 claims whose time is over; their disputes wait again. Returns how many."""
    claims = AdjudicationAssignment.objects.filter(state=ReviewAssignmentState.CLAIMED)
    ids = leases.expired(claims).values_list("pk", flat=True)[:BATCH]
    return sum(_expire(pk, by) for pk in list(ids))


@transaction.atomic
def _expire(claim_id: uuid.UUID, by: Actor) -> bool:
    rows = AdjudicationAssignment.objects.select_for_update(no_key=True, skip_locked=True)
    row = rows.filter(leases.over(), pk=claim_id, state=ReviewAssignmentState.CLAIMED).first()
    if row is None:
        return False
    move(row, ReviewAssignmentState.EXPIRED, REVIEW_ASSIGNMENT_MOVES)
    audit.record("adjudication_expired", row, by=by)
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    reserve.release(holder=row.holder, by=by)
    return True
