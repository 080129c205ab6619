"""What becomes of a submitted assignment: accepted, returned for correction, or rejected.

The caller holds the locks of task and assignment. Money last: it takes the ledger's locks.
"""

from collections.abc import Sequence

from accounts.actions import adverse
from accounts.states import AdverseKind
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.errors import Refused
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import earnings
from tasks.actions import gold, learning, paying, requests, slots, telling
from tasks.models import Appeal, Assignment, Review, Submission
from tasks.states import (
    APPEAL_MOVES,
    ASSIGNMENT_MOVES,
    CORRECTION,
    AppealState,
    AssignmentState,
    Verdict,
)

MOST_RETURNS = 3


def accept(row: Assignment, *, by: Actor, also: Sequence[earnings.Accrual] = ()) -> None:
    """The annotator has earned what was quoted; the task may be ready for its result.

    `also` is what else is earned by the same act (the review), booked together.
    """
    move(row, AssignmentState.ACCEPTED, ASSIGNMENT_MOVES, decided_at=Now(), final_at=Now())
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    (paid,) = paying.accruals([row])
    audit.record("accepted", row, by=by, amount_minor=paying.amount(row, paid))
    earnings.accrue_all([paid, *also], by=by)


def accept_many(
    rows: Sequence[Assignment], *, by: Actor, why: str, timed_out: bool = False
) -> None:
    """`accept` for many locked assignments that wait for their verdict, set by set; `timed_out`:
    nobody gave one in time."""
    if not rows:
        return
    waiting = Assignment.objects.filter(
        pk__in=[row.pk for row in rows], state=AssignmentState.SUBMITTED
    )
    moved = waiting.update(
        state=AssignmentState.ACCEPTED, decided_at=Now(), final_at=Now(), timed_out=timed_out
    )
    if moved != len(rows):
        raise RuntimeError("Each of them was locked, and waited for its verdict.")
    promises = [{"task_id": str(pk)} for pk in sorted({row.task_id for row in rows})]
    outbox.enqueue_many("tasks.weigh_task", promises)
    paid = paying.accruals(rows)
    acts = [
        audit.Act(
            f"assignment:{row.pk}", reason=why, data={"amount_minor": paying.amount(row, one)}
        )
        for row, one in zip(rows, paid, strict=True)
    ]
    audit.record_many("accepted", acts, by=by)
    earnings.accrue_all(paid, by=by)


def check_returns(returns: int) -> None:
    """Refuse `no_more_returns` for an answer that was returned as often as it may be."""
    if returns >= MOST_RETURNS:
        raise Refused(
            "no_more_returns",
            f"An answer is returned {MOST_RETURNS} times at most: accept or reject it.",
        )


def return_for_correction(row: Assignment, submission: Submission, *, by: Actor) -> None:
    """Back to its annotator for 72 h, with the answer to start from and a new fencing token.

    The money stays reserved. Refuses `no_more_returns` after the third.
    """
    check_returns(row.returns)
    move(
        row,
        AssignmentState.RETURNED,
        ASSIGNMENT_MOVES,
        returns=row.returns + 1,
        waited_seconds=row.waited_seconds + _waited(row),
        fence=row.fence + 1,
        extensions=0,
        leased_until=after(CORRECTION),
        draft=submission.answer,
        draft_saved_at=Now(),
    )
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    audit.record("returned", row, by=by, returns=row.returns)


def _waited(row: Assignment) -> int:
    """For how many seconds the version that is returned has waited for its verdict."""
    since = row.submitted_at or clock.now()
    return max(int((clock.now() - since).total_seconds()), 0)


def reject(row: Assignment, review: Review, *, by: Actor) -> None:
    """The slot is open again at once; the money stays reserved until the rejection is final.

    The act is written down with the review as its evidence.
    """
    act = adverse.record(
        annotator=row.annotator,
        kind=AdverseKind.REJECTION,
        subject=f"assignment:{row.pk}",
        rule=f"rejection.{review.category}",
        text=review.text,
        evidence=[f"review:{review.pk}"],
        by=by,
    )
    move(row, AssignmentState.REJECTED, ASSIGNMENT_MOVES, decided_at=Now(), adverse_act=act)
    slots.reopen(row.task, by=by, setback=False)
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    audit.record("rejected", row, by=by)


def overturn(
    row: Assignment,
    *,
    why: str,
    by: Actor,
    also: Sequence[earnings.Accrual] = (),
    judged: bool = True,
) -> bool:
    """A rejection was wrong: the answer is accepted and paid, and all that followed is repaired.

    It takes its slot back while that is free, and is else one more than the overlap; skill and
    adverse act are reversed, the annotator is told (`why` is read by them), the task is weighed
    anew. A known answer that calls it wrong takes that back (`gold.set_aside`), doubted where
    somebody has `judged` it. False, and nothing but `also` is booked, where it is accepted already.
    Refuses `rejection_final` once its money went back.
    """
    if row.state == AssignmentState.ACCEPTED:
        earnings.accrue_all(also, by=by)
        return False
    earnings.accrue_all([set_right(row, why=why, by=by, judged=judged), *also], by=by)
    return True


def set_right(row: Assignment, *, why: str, by: Actor, judged: bool = True) -> earnings.Accrual:
    """The same but for the money, which the caller books with all else of the same act."""
    if row.final_at is not None:
        raise Refused("rejection_final", "This rejection is final: its money has gone back.")
    move(row, AssignmentState.ACCEPTED, ASSIGNMENT_MOVES, decided_at=Now(), final_at=Now())
    slots.take_back(row.task)
    rejections = Review.objects.filter(submission__assignment=row, verdict=Verdict.REJECT)
    for review_id in rejections.values_list("pk", flat=True):
        learning.undo(key=f"review:{review_id}", why=why, by=by)
    last = row.submissions.order_by("version").last()
    gold.set_aside(last, judged=judged, why=why, by=by)
    if row.adverse_act is not None:
        adverse.reverse(act=row.adverse_act, why=why, by=by)
    requests.withdraw_looks(row, by=by)
    _end_appeal(row, why, by)
    outbox.enqueue("tasks.weigh_task", task_id=str(row.task_id))
    (paid,) = paying.accruals([row])
    amount = paying.amount(row, paid)
    audit.record("rejection_overturned", row, by=by, reason=why, amount_minor=amount)
    telling.overturned(row, why)
    return paid


def _end_appeal(row: Assignment, why: str, by: Actor) -> None:
    """An appeal that is still open when the rejection falls for another reason is won by that."""
    appeal = Appeal.objects.filter(assignment=row, state=AppealState.OPEN).first()
    if appeal is not None:
        move(appeal, AppealState.WON, APPEAL_MOVES, decided_at=Now(), reason=why)
        audit.record("appeal_won", appeal, by=by, reason=why)
        requests.withdraw(appeal.request, by=by)
