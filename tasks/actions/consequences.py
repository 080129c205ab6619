"""What follows a verdict: one function for each reason why the review was wanted.

Whoever has a new kind of review writes its function beside its own verbs and adds one line here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.core.actors import Actor
from payments.actions.earnings import Accrual, accrue_all
from payments.states import EarningKind
from tasks.actions import appeals, gold, inspections, second, teaching, telling, verdicts
from tasks.actions.fixing import fix
from tasks.models import Assignment, Review, ReviewAssignment
from tasks.states import AssignmentState, ReviewKind, Verdict


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict that was just kept. The task is locked, and the `assignment` of the answer; it is
    none where a task's result was judged.

    `paid` is what the reviewer has earned: whoever books money for the same act books it together
    (and returns True), so that all ledger locks are taken at once.
    """

    review: Review
    assignment: Assignment | None
    paid: Sequence[Accrual]
    by: Actor


# True if `paid` was booked by the function itself.
Consequence = Callable[[Decided], bool]


def follow(
    review: Review, row: ReviewAssignment, assignment: Assignment | None, *, by: Actor
) -> None:
    """The verdict's consequences; the reviewer is paid whatever it is, money last."""
    if review.verdict == Verdict.RETURN and assignment is not None and review.submission:
        # Whoever reads it again meets the same limit as its first reviewer.
        again = review.kind != ReviewKind.FIRST
        verdicts.check_returns(review.submission.version - 1 if again else assignment.returns)
    decided = Decided(review, assignment, _pay(row), by)
    booked = CONSEQUENCES[ReviewKind(review.kind)](decided)
    if not booked:
        accrue_all(decided.paid, by=by)


def _pay(row: ReviewAssignment) -> list[Accrual]:
    if row.payee_id is None or not row.price_minor:
        return []
    label = f"Review: {row.task.project.name}"
    return [Accrual(row.holder, row.payee_id, label, EarningKind.REVIEW)]


def _first(decided: Decided) -> bool:
    """The verdict that decides about an answer."""
    review, row, by = decided.review, decided.assignment, decided.by
    if row is None or review.submission is None:
        raise ValueError("A first review is of an answer.")
    gold.check_reviewer(review, by=by)
    if row.state != AssignmentState.SUBMITTED:
        # Accepted by itself meanwhile: the reading is kept and paid, and decides nothing.
        return False
    second.first_decided(review, row, by=by)
    if review.verdict in (Verdict.ACCEPT, Verdict.FIX):
        if review.verdict == Verdict.FIX:
            fix(review, row, by=by)
            telling.fixed(row, review)
        teaching.of_review(review, by=by)
        verdicts.accept(row, by=by, also=decided.paid)
        return True
    if review.verdict == Verdict.RETURN:
        verdicts.return_for_correction(row, review.submission, by=by)
        telling.returned(row, review)
    else:
        verdicts.reject(row, review, by=by)
        telling.rejected(row, review)
    return False


def _second(decided: Decided) -> bool:
    second.second_decided(decided.review, by=decided.by)
    return False


def _tie(decided: Decided) -> bool:
    return second.tie_decided(decided.review, decided.assignment, decided.paid, by=decided.by)


def _audit(decided: Decided) -> bool:
    return second.audit_decided(decided.review, decided.assignment, decided.paid, by=decided.by)


def _appeal(decided: Decided) -> bool:
    return appeals.decided(decided.review, decided.assignment, decided.paid, by=decided.by)


def _warranty(decided: Decided) -> bool:
    inspections.decided(decided.review, by=decided.by)
    return False


CONSEQUENCES: Mapping[ReviewKind, Consequence] = {
    ReviewKind.FIRST: _first,
    ReviewKind.SECOND: _second,
    ReviewKind.TIE: _tie,
    ReviewKind.AUDIT: _audit,
    ReviewKind.APPEAL: _appeal,
    ReviewKind.WARRANTY: _warranty,
}
