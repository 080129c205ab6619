"""Reviews: a reviewer claims a request for a judgement, and says what they find.

One way for every kind of request and both desks; what a verdict leads to is in `consequences`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.selectors.reviewers import Reviewer
from accounts.selectors.reviewers import reviewer as reviewer_of
from marketplace.core import audit, leases
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import after
from marketplace.core.errors import NotFound, Refused
from marketplace.core.money import fee
from marketplace.core.states import move
from payments.actions import reserve
from tasks.actions import consequences, funding, requests, reviewing
from tasks.actions.locking import lock_judged
from tasks.actions.verdict_checks import Said, checked
from tasks.models import Project, Review, ReviewAssignment, ReviewRequest, Submission
from tasks.selectors import review_queue, reviewable
from tasks.states import (
    REVIEW_ASSIGNMENT_MOVES,
    REVIEW_REQUEST_MOVES,
    ReviewAssignmentState,
    ReviewKind,
    ReviewRequestState,
)

LEASE = dt.timedelta(minutes=30)
MOST_OPEN = 5
MOST_LOOKED_AT = 200


def claim_next(*, by: Actor, user: User) -> ReviewAssignment:
    """Take the request with the nearest date, else the oldest; with 5 claims open, or when nothing
    else waits, the open claim that ends first.

    Refuses `not_allowed` (403) to who is neither staff at the desk nor qualified,
    `nothing_to_review`, and `funds_short` when only reviews without money are left.
    """
    who = _reviewer(by, user)
    short: set[uuid.UUID] = set()
    taken = _take_next(short, by, who)
    mine = taken or review_queue.open_for(user).first()
    if mine is None:
        raise _nothing(short=bool(short))
    return mine


def _take_next(short: set[uuid.UUID], by: Actor, who: Reviewer) -> ReviewAssignment | None:
    """The first that can be claimed; asked again without the projects that turned out to be short
    of money, so that many requests of one of them hide no other."""
    while review_queue.open_for(who.user).count() < MOST_OPEN:
        known = len(short)
        for request_id, project_id in _waiting(who, short):
            taken = None
            if project_id not in short:
                taken = _try(request_id, project_id, short, by, who)
            if taken is not None:
                return taken
        if len(short) == known:
            break
    return None


def _waiting(who: Reviewer, short: set[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """The first requests of the queue, with their projects; those that are short left out."""
    rows = reviewable.waiting(who).exclude(project__in=short)
    return list(rows.values_list("pk", "project_id")[:MOST_LOOKED_AT])


def _try(
    request_id: uuid.UUID, project_id: uuid.UUID, short: set[uuid.UUID], by: Actor, who: Reviewer
) -> ReviewAssignment | None:
    """One claim; None if another reviewer was faster, its project is short of money, or the
    reviewer's other window was faster."""
    try:
        return _funded(lambda: take(request_id=request_id, by=by, who=who), by)
    except Refused as refusal:
        if refusal.code == "funds_short":
            short.add(project_id)
        return None


def _nothing(*, short: bool) -> Refused:
    if short:
        return Refused("funds_short", "The clients' money for reviews is used up for the moment.")
    return Refused("nothing_to_review", "Nothing waits for a review by you.")


def claim(*, submission_id: uuid.UUID, by: Actor, user: User) -> ReviewAssignment:
    """Take one submission for a first review, for 30 minutes, its price reserved if the reviewer is
    paid; asked for here if nobody asked.

    Staff only: whoever else reviews takes what comes. Refuses `not_allowed` (403); `own_work` (403:
    the annotator, and whoever worked on the same task); `own_circle` (403: whoever's answers go
    together with the annotator's beyond chance); `judged_before` (403); `cap_reached` with 5 claims
    open; `taken`; `wrong_state` unless it waits for a verdict; `funds_short` (the client is told).
    """
    who = _reviewer(by, user)
    if not who.staff:
        raise _not_allowed()
    return _funded(lambda: _take_submission(submission_id, by, who), by)


def _take_submission(submission_id: uuid.UUID, by: Actor, who: Reviewer) -> ReviewAssignment:
    submission = Submission.objects.filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("submission")
    _below_cap(who.user)
    assignment = lock_judged(submission.task_id, submission.assignment_id)
    if assignment is None:
        raise NotFound("submission")
    reviewing.may_review_submission(submission, assignment, who)
    request = requests.ask(kind=ReviewKind.FIRST, submission=submission, by=by)
    return _open(request, assignment.project, by, who)


def take(*, request_id: uuid.UUID, by: Actor, who: Reviewer) -> ReviewAssignment:
    """Take one request; the caller holds the transaction, and tells the client of missing money."""
    request = (
        ReviewRequest.objects.select_related("project", "submission").filter(pk=request_id).first()
    )
    if request is None:
        raise NotFound("review")
    _below_cap(who.user)
    answer = request.submission
    assignment = lock_judged(request.task_id, answer.assignment_id if answer else None)
    reviewing.may_take(request, assignment, who)
    return _open(request, request.project, by, who)


def _open(request: ReviewRequest, project: Project, by: Actor, who: Reviewer) -> ReviewAssignment:
    """The claim itself: its row, its request taken, its money promised. The task is locked."""
    row = _row(request, project, who)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "tasks_review_assignment_once" not in str(error):
            raise
        raise Refused("taken", "Another reviewer has this submission.") from None
    move(request, ReviewRequestState.TAKEN, REVIEW_REQUEST_MOVES)
    row.refresh_from_db(fields=["leased_until", "claimed_at"])
    audit.record("review_claimed", row, by=by, submission=str(row.submission_id))
    if row.price_minor and not funding.reserve_for(row, project, by=by):
        raise _Unfunded(project.pk)
    return row


class _Unfunded(Exception):
    """The project's money does not cover the review."""

    def __init__(self, project_id: uuid.UUID) -> None:
        super().__init__(str(project_id))
        self.project_id = project_id


def _funded(take: Any, by: Actor) -> ReviewAssignment:
    """A claim in one transaction; without money nothing of it stays, and the client is told."""
    try:
        with transaction.atomic():
            row: ReviewAssignment = take()
            return row
    except _Unfunded as unfunded:
        funding.mark_short(project_id=unfunded.project_id, by=by)
        raise Refused(
            "funds_short", "The client's money does not cover this review for the moment."
        ) from None


def _reviewer(by: Actor, user: User) -> Reviewer:
    who = reviewer_of(user=user, by=by)
    if not who.qualified:
        raise _not_allowed()
    return who


def _not_allowed() -> Refused:
    return Refused("not_allowed", "A review is claimed by a reviewer, in person.", status=403)


def _below_cap(user: User) -> None:
    """A reviewer's claims happen one after the other, so that the count of the open ones holds."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if review_queue.open_for(user).count() >= MOST_OPEN:
        raise Refused("cap_reached", f"At most {MOST_OPEN} reviews are open at once.")


def _row(request: ReviewRequest, project: Project, who: Reviewer) -> ReviewAssignment:
    """The claim; only a reviewer with an annotator profile is paid for it."""
    price = project.review_price_minor if who.annotator_id else 0
    return ReviewAssignment(
        request=request,
        task_id=request.task_id,
        submission=request.submission,
        reviewer=who.user,
        payee_id=who.annotator_id if price else None,
        currency=project.currency,
        price_minor=price,
        fee_minor=fee(price, project.fee_bps),
        leased_until=after(LEASE),
    )


@transaction.atomic
def extend(*, review_assignment_id: uuid.UUID, fence: int, by: Actor) -> ReviewAssignment:
    """Begin the 30 minutes anew, at most three times.

    Refuses `stale_claim`, `too_late`, `no_more_extensions`.
    """
    row = _locked(review_assignment_id, by)
    _holds(row, fence)
    leases.extend(row, LEASE)
    audit.record("review_extended", row, by=by, extensions=row.extensions)
    return row


@transaction.atomic
def release(*, review_assignment_id: uuid.UUID, by: Actor) -> ReviewAssignment:
    """Give the submission back to the queue, and its price to the project."""
    row = _locked(review_assignment_id, by)
    move(row, ReviewAssignmentState.RELEASED, REVIEW_ASSIGNMENT_MOVES)
    if row.request.state == ReviewRequestState.TAKEN:
        move(row.request, ReviewRequestState.WAITING, REVIEW_REQUEST_MOVES)
        requests.withdraw_moot([row.request_id], by=by)
    audit.record("review_released", row, by=by)
    reserve.release(holder=row.holder, by=by)
    return row


def _locked(review_assignment_id: uuid.UUID, by: Actor) -> ReviewAssignment:
    """The reviewer's own claim, locked; anyone else's is `not_found`."""
    row = (
        ReviewAssignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("submission", "request", "task__project")
        .filter(pk=review_assignment_id)
        .first()
    )
    if row is None or by.kind not in (ActorKind.STAFF, ActorKind.USER):
        raise NotFound("review")
    if str(row.reviewer_id) != by.id:
        raise NotFound("review")
    return row


@transaction.atomic
def decide(
    *,
    review_assignment_id: uuid.UUID,
    fence: int,
    verdict: str,
    category: str = "",
    text: str = "",
    scores: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    by: Actor,
) -> Review:
    """Accept, fix, return for correction (at most 3) or reject; the reviewer is paid whatever they
    say. What follows depends on why the review was wanted.

    All but an acceptance need a category and a text, a rejection one of at least 40 characters; the
    annotator reads both. A fix brings the edited `answer`, which the interface must allow and which
    must differ. `scores` has a number for each criterion of the project's rubric. The same verdict
    for the same reason is the same review. Refuses `invalid` (422), `already_decided`,
    `stale_claim`, `too_late`, `no_more_returns`.
    """
    said = Said(verdict, category, text, scores, answer)
    known = (
        ReviewAssignment.objects.filter(pk=review_assignment_id)
        .values_list("task_id", "submission__assignment_id")
        .first()
    )
    assignment = lock_judged(*known) if known else None
    row = _locked(review_assignment_id, by)
    said = checked(said, row)
    if row.state == ReviewAssignmentState.DONE:
        return _same(row, said)
    _holds(row, fence)
    review = _keep(row, said, by)
    consequences.follow(review, row, assignment, by=by)
    return review


def _keep(row: ReviewAssignment, said: Said, by: Actor) -> Review:
    move(row, ReviewAssignmentState.DONE, REVIEW_ASSIGNMENT_MOVES)
    if row.request.state == ReviewRequestState.TAKEN:
        move(row.request, ReviewRequestState.DONE, REVIEW_REQUEST_MOVES)
    review = Review.objects.create(
        kind=row.request.kind,
        task_id=row.task_id,
        submission=row.submission,
        assignment=row,
        reviewer_id=row.reviewer_id,
        verdict=said.verdict,
        category=said.category,
        text=said.text,
        scores=said.scores or {},
        answer=said.answer,
    )
    audit.record(
        "reviewed",
        review,
        by=by,
        verdict=said.verdict,
        category=said.category,
        reason=said.text,
    )
    return review


def _holds(row: ReviewAssignment, fence: int) -> None:
    if row.state != ReviewAssignmentState.CLAIMED:
        raise Refused("too_late", "The time for this review is over.")
    leases.hold(row, fence)


def _same(row: ReviewAssignment, said: Said) -> Review:
    review = Review.objects.get(assignment=row)
    kept = Said(review.verdict, review.category, review.text, review.scores or None, review.answer)
    if kept != said:
        raise Refused("already_decided", "A verdict was given already.")
    return review
