"""Approvals by the thousand: asked for in one call, done by a job in small transactions, each
answer exactly once.
"""

import datetime as dt
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import after
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.expressions import Now
from tasks.actions import requests, verdicts
from tasks.actions.access import project_for_change
from tasks.models import (
    Assignment,
    BulkApproval,
    BulkApprovalItem,
    ReviewAssignment,
    Submission,
    Task,
)
from tasks.models.approval import ApprovalState
from tasks.selectors.reviewable import TAKEN
from tasks.states import AssignmentState, ReviewKind

MOST = 10_000
BATCH = 100
# A run leaves the rest to the next one, well before a job's time limit.
BUDGET_SECONDS = 20.0
MOST_FAULTS = 100
LATE = dt.timedelta(minutes=5)


def ask(*, project_id: uuid.UUID, submission_ids: Sequence[uuid.UUID], by: Actor) -> BulkApproval:
    """Accept up to 10,000 answers of one project without a review; a job does it.

    Each is accepted, and paid, if it still waits then and no reviewer has it in hand; the others
    are refused one by one, with a reason. Refuses who may not change the project (403, 404), and
    (422, with pointers) none, too many, the same twice, and what is no answer of this project; and
    a person's own answers (`own_work`, 403).
    """
    with transaction.atomic():
        project = project_for_change(project_id, by)
        _check(project.pk, submission_ids)
        _not_own(submission_ids, by)
        row = BulkApproval.objects.create(
            project=project, total=len(submission_ids), made_by=by.key
        )
        BulkApprovalItem.objects.bulk_create(
            [BulkApprovalItem(approval=row, submission_id=pk) for pk in submission_ids],
            batch_size=1000,
        )
        audit.record("approval_asked", row, by=by, total=row.total, project=str(project.pk))
        outbox.enqueue("tasks.approve_many", approval_id=str(row.pk))
    row.refresh_from_db(fields=["made_at"])
    return row


def _check(project_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    if not 1 <= len(ids) <= MOST:
        raise invalid("Name the answers.", [Fault("/submissions", f"1 to {MOST} ids.")])
    found = Submission.objects.filter(pk__in=ids, assignment__project=project_id)
    known = set(found.values_list("pk", flat=True))
    faults: list[Fault] = []
    seen: set[uuid.UUID] = set()
    for place, pk in enumerate(ids):
        if pk in seen:
            faults.append(Fault(f"/submissions/{place}", "Is named twice."))
        elif pk not in known:
            faults.append(Fault(f"/submissions/{place}", "Is no answer of this project."))
        seen.add(pk)
    if faults:
        raise invalid("Nothing was approved.", faults[:MOST_FAULTS])


def _not_own(ids: Sequence[uuid.UUID], by: Actor) -> None:
    """Nobody accepts what they answered themselves."""
    if by.kind not in (ActorKind.STAFF, ActorKind.USER):
        return
    if Submission.objects.filter(pk__in=ids, annotator__user_id=by.id).exists():
        raise Refused("own_work", "Nobody accepts answers of their own.", status=403)


def run(*, approval_id: uuid.UUID, by: Actor, seconds: float = BUDGET_SECONDS) -> int:
    """Do what still waits, 100 answers a transaction; returns how many were accepted.

    What a killed run had committed stays, the rest still waits. Two runs at once, or two approvals
    of the same answer, accept it once. Out of time, the rest is promised anew.
    """
    until = time.monotonic() + seconds
    accepted = 0
    while ids := _next(approval_id):
        accepted += _each(approval_id, ids, by)
        if time.monotonic() >= until:
            break
    _close(approval_id)
    return accepted


def promise_overdue() -> int:
    """Promise anew the approvals that nobody has finished for five minutes, in case their job was
    lost; returns how many."""
    rows = BulkApproval.objects.filter(finished_at__isnull=True, made_at__lt=after(-LATE))
    ids = list(rows.order_by("made_at").values_list("pk", flat=True)[:100])
    with transaction.atomic():
        outbox.enqueue_many("tasks.approve_many", [{"approval_id": str(pk)} for pk in ids])
    return len(ids)


def _next(approval_id: uuid.UUID) -> list[uuid.UUID]:
    rows = BulkApprovalItem.objects.filter(approval=approval_id, state=ApprovalState.WAITING)
    return list(rows.order_by("submission").values_list("submission_id", flat=True)[:BATCH])


def _close(approval_id: uuid.UUID) -> None:
    """Finished when nothing waits; else the rest is promised."""
    with transaction.atomic():
        if _next(approval_id):
            outbox.enqueue("tasks.approve_many", approval_id=str(approval_id))
            return
        rows = BulkApproval.objects.filter(pk=approval_id, finished_at__isnull=True)
        rows.update(finished_at=Now())


def _each(approval_id: uuid.UUID, ids: Sequence[uuid.UUID], by: Actor) -> int:
    """Together; where that is refused, each half by itself, until the one at fault is alone."""
    try:
        return _batch(approval_id, ids, by)
    except Refused as refusal:
        if len(ids) == 1:
            items = BulkApprovalItem.objects.filter(approval=approval_id, submission=ids[0])
            items.filter(state=ApprovalState.WAITING).update(
                state=ApprovalState.REFUSED, reason=refusal.code[:20]
            )
            return 0
    half = len(ids) // 2
    return _each(approval_id, ids[:half], by) + _each(approval_id, ids[half:], by)


@transaction.atomic
def _batch(approval_id: uuid.UUID, ids: Sequence[uuid.UUID], by: Actor) -> int:
    """Locks in the one order: tasks, assignments, the approval's items, and the money last."""
    tasks = Task.objects.filter(submissions__in=ids).values("pk")
    list(Task.objects.select_for_update(no_key=True).filter(pk__in=tasks).order_by("pk"))
    answers = Submission.objects.filter(pk__in=ids).values_list("pk", "assignment_id", "version")
    of = {pk: (assignment_id, version) for pk, assignment_id, version in answers}
    rows = {
        row.pk: row
        for row in Assignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .filter(pk__in=[assignment_id for assignment_id, _ in of.values()])
        .order_by("pk")
    }
    items = BulkApprovalItem.objects.select_for_update(no_key=True).filter(
        approval=approval_id, submission__in=ids, state=ApprovalState.WAITING
    )
    waiting = list(items.order_by("submission"))
    refusals = _refusals(ids, of, rows)
    for item in waiting:
        item.reason = refusals.get(item.submission_id, "")
        item.state = ApprovalState.REFUSED if item.reason else ApprovalState.DONE
    BulkApprovalItem.objects.bulk_update(waiting, ["state", "reason"])
    good = [item.submission_id for item in waiting if item.state == ApprovalState.DONE]
    requests.withdraw_unread(good, by=by)
    verdicts.accept_many([rows[of[pk][0]] for pk in good], by=by, why=f"approval:{approval_id}")
    return len(good)


def _refusals(
    ids: Sequence[uuid.UUID],
    of: Mapping[uuid.UUID, tuple[uuid.UUID, int]],
    rows: Mapping[uuid.UUID, Assignment],
) -> dict[uuid.UUID, str]:
    """Why answers are not accepted: code by submission."""
    in_hand = set(
        ReviewAssignment.objects.filter(
            submission__in=ids, state__in=TAKEN, request__kind=ReviewKind.FIRST
        ).values_list("submission_id", flat=True)
    )
    latest: dict[Any, int] = {}
    for assignment_id, version in Submission.objects.filter(assignment__in=rows).values_list(
        "assignment_id", "version"
    ):
        latest[assignment_id] = max(version, latest.get(assignment_id, 0))
    return {
        pk: code
        for pk, (assignment_id, version) in of.items()
        if (code := _refusal(rows[assignment_id], version, latest[assignment_id], pk in in_hand))
    }


def _refusal(row: Assignment, version: int, latest: int, in_hand: bool) -> str:  # noqa: FBT001
    if row.state == AssignmentState.ACCEPTED:
        return "already_accepted"
    if row.state != AssignmentState.SUBMITTED:
        return "wrong_state"
    if version != latest:
        return "not_latest"
    return "in_review" if in_hand else ""
