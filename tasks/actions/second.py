"""Second opinions: double readings that measure reviewers, and rejections that are looked at again
before they are final.

What a second reading finds moves nothing by itself. Where first and second differ, a senior settles
it; a rejection that turns out wrong is taken back.
"""

import datetime as dt
from collections.abc import Sequence

from marketplace.core.actors import Actor
from marketplace.core.clock import after
from payments.actions.earnings import Accrual
from tasks.actions import requests, verdicts
from tasks.actions.draws import drawn
from tasks.actions.fixing import fix
from tasks.models import Assignment, Review, ReviewCheck, Submission
from tasks.states import (
    AssignmentState,
    CheckSource,
    ReviewKind,
    ReviewLevel,
    Verdict,
)

# A rejection is looked at again within this time: its annotator waits, and so does the money.
LOOK = dt.timedelta(days=3)
# The annotator is paid for these.
PAID = (Verdict.ACCEPT, Verdict.FIX)


def first_decided(review: Review, row: Assignment, *, by: Actor) -> None:
    """A verdict on an answer is in: compare it with the second reading if that is done. A share of
    the rejections is looked at again."""
    share = row.project.rejection_audit_percent
    if review.verdict == Verdict.REJECT and drawn(review.pk, share, "rejection"):
        _look(ReviewKind.AUDIT, review.submission, by)
    other = _of(review.submission, ReviewKind.SECOND)
    if other is not None:
        _compare(review, other, by)


def second_decided(review: Review, *, by: Actor) -> None:
    """The second reading is in: compare it with the first if that is done."""
    first = _of(review.submission, ReviewKind.FIRST)
    if first is not None:
        _compare(first, review, by)


def tie_decided(
    review: Review, row: Assignment | None, paid: Sequence[Accrual], *, by: Actor
) -> bool:
    """A senior has settled what first and second differ about."""
    right = review.verdict == Verdict.ACCEPT
    for kind in (ReviewKind.FIRST, ReviewKind.SECOND):
        one = _of(review.submission, kind)
        if one is not None:
            check(one, CheckSource.SECOND, was_right=right)
    return _take_back(review, row, paid, by)


def audit_decided(
    review: Review, row: Assignment | None, paid: Sequence[Accrual], *, by: Actor
) -> bool:
    """A senior has looked at a rejection again."""
    first = _of(review.submission, ReviewKind.FIRST)
    if first is not None:
        check(first, CheckSource.AUDIT, was_right=review.verdict == Verdict.ACCEPT)
    return _take_back(review, row, paid, by)


def check(review: Review, source: CheckSource, *, was_right: bool) -> None:
    """Note what later told whether the answer had been right; once from each source."""
    ReviewCheck.objects.get_or_create(
        review=review, source=source, defaults={"was_right": was_right}
    )


def _of(submission: Submission | None, kind: ReviewKind) -> Review | None:
    return Review.objects.filter(submission=submission, kind=kind).first()


def _compare(first: Review, second: Review, by: Actor) -> None:
    """Equal readings agree, which proves neither right; where they differ on the answer, or on
    whether it is paid, a senior decides."""
    found = [(first.verdict == Verdict.ACCEPT), (second.verdict == Verdict.ACCEPT)]
    denied = first.verdict == Verdict.REJECT and second.verdict in PAID
    if found[0] == found[1] and not denied:
        for one in (first, second):
            check(one, CheckSource.AGREEMENT, was_right=found[0])
        return
    _look(ReviewKind.TIE, first.submission, by)


def _look(kind: ReviewKind, submission: Submission | None, by: Actor) -> None:
    """A senior is to read it."""
    requests.ask(
        kind=kind, submission=submission, level=ReviewLevel.SENIOR, due_at=after(LOOK), by=by
    )


def _take_back(review: Review, row: Assignment | None, paid: Sequence[Accrual], by: Actor) -> bool:
    """A rejection that was wrong is overturned while it is not final, with the edit of a fix; True
    if that booked the money. What was read must be what was rejected: an older version tells
    nothing of a newer one."""
    if row is None or review.verdict not in PAID:
        return False
    if row.state != AssignmentState.REJECTED or row.final_at is not None:
        return False
    last = row.submissions.filter(edited_by=None).order_by("version").last()
    if last is None or last.pk != review.submission_id:
        return False
    if review.verdict == Verdict.FIX:
        fix(review, row, by=by)
    why = review.text or "Another reviewer has found this answer right."
    verdicts.overturn(row, why=why, by=by, also=paid)
    return True
