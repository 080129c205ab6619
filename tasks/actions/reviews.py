"""Reviews: a reviewer claims a submission, and says what they find."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts.models import AnnotatorProfile, User
from marketplace.core import audit, leases
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import after
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.money import fee
from marketplace.core.states import move
from payments.actions import reserve
from payments.actions.earnings import Accrual, accrue_all
from tasks.actions import funding, requests, telling, verdicts
from tasks.actions.locking import lock_assignment
from tasks.models import (
    Assignment,
    Project,
    Review,
    ReviewAssignment,
    ReviewRequest,
    Submission,
)
from tasks.selectors import review_queue
from tasks.states import (
    REVIEW_ASSIGNMENT_MOVES,
    REVIEW_REQUEST_MOVES,
    AssignmentState,
    RejectionCategory,
    ReviewAssignmentState,
    ReviewKind,
    ReviewRequestState,
    Verdict,
)

LEASE = dt.timedelta(minutes=30)
MOST_OPEN = 5
MOST_LOOKED_AT = 200
LEAST_REJECTION = 40
LONGEST_TEXT = 4000


def claim_next(*, by: Actor, user: User) -> ReviewAssignment:
    """Take the submission that has waited longest; with 5 claims open, or when nothing else waits,
    the open claim that ends first.

    Refuses `nothing_to_review`, or `funds_short` when only reviews without money are left.
    """
    _is(by, user)
    short: set[uuid.UUID] = set()
    taken = _take_next(short, by, user)
    mine = taken or review_queue.open_for(user).first()
    if mine is None:
        raise _nothing(short=bool(short))
    return mine


def _take_next(short: set[uuid.UUID], by: Actor, user: User) -> ReviewAssignment | None:
    """The first that can be claimed; asked again without the projects that turned out to be short
    of money, so that many submissions of one of them hide no other."""
    while review_queue.open_for(user).count() < MOST_OPEN:
        known = len(short)
        for submission_id, project_id in _waiting(user, short):
            taken = None
            if project_id not in short:
                taken = _try(submission_id, project_id, short, by, user)
            if taken is not None:
                return taken
        if len(short) == known:
            break
    return None


def _waiting(user: User, short: set[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """The submissions that have waited longest, with their projects; those that are short left
    out."""
    rows = review_queue.waiting(user).exclude(task__project_id__in=short)
    return list(rows.values_list("pk", "task__project_id")[:MOST_LOOKED_AT])


def _try(
    submission_id: uuid.UUID, project_id: uuid.UUID, short: set[uuid.UUID], by: Actor, user: User
) -> ReviewAssignment | None:
    """One claim; None if another reviewer was faster, its project is short of money, or the
    reviewer's other window was faster."""
    try:
        return claim(submission_id=submission_id, by=by, user=user)
    except Refused as refusal:
        if refusal.code == "funds_short":
            short.add(project_id)
        return None


def _nothing(*, short: bool) -> Refused:
    if short:
        return Refused("funds_short", "The clients' money for reviews is used up for the moment.")
    return Refused("nothing_to_review", "Nothing waits for a review by you.")


def claim(*, submission_id: uuid.UUID, by: Actor, user: User) -> ReviewAssignment:
    """Take one submission for 30 minutes, its review's price reserved if the reviewer is paid.

    Reviewers are staff. Refuses `not_allowed` (403); `own_work` (403: the annotator, and whoever
    worked on the same task); `own_circle` (403: whoever's answers go together with the annotator's
    beyond chance); `cap_reached` with 5 claims open; `taken`; `wrong_state` unless it
    waits for a verdict; `funds_short` (the client is told).
    """
    _is(by, user)
    try:
        with transaction.atomic():
            return _claim(submission_id, by, user)
    except _Unfunded as unfunded:
        funding.mark_short(project_id=unfunded.project_id, by=by)
        raise Refused(
            "funds_short", "The client's money does not cover this review for the moment."
        ) from None


class _Unfunded(Exception):
    """The project's money does not cover the review."""

    def __init__(self, project_id: uuid.UUID) -> None:
        super().__init__(str(project_id))
        self.project_id = project_id


def _is(by: Actor, user: User) -> None:
    in_person = by.kind in (ActorKind.STAFF, ActorKind.USER) and by.id == str(user.pk)
    if not in_person or not user.is_staff:
        raise Refused("not_allowed", "A review is claimed by a reviewer, in person.", status=403)


def _claim(submission_id: uuid.UUID, by: Actor, user: User) -> ReviewAssignment:
    submission = (
        Submission.objects.select_related("assignment__project").filter(pk=submission_id).first()
    )
    if submission is None:
        raise NotFound("submission")
    _below_cap(user)
    assignment = lock_assignment(submission.assignment_id)
    if assignment is None:
        raise NotFound("submission")
    _may_review(submission, assignment, user)
    request = requests.ask(kind=ReviewKind.FIRST, submission=submission, by=by)
    row = _row(request, submission, assignment.project, user)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused("taken", "Another reviewer has this submission.") from None
    move(request, ReviewRequestState.TAKEN, REVIEW_REQUEST_MOVES)
    row.refresh_from_db(fields=["leased_until", "claimed_at"])
    audit.record("review_claimed", row, by=by, submission=str(submission.pk))
    if row.price_minor and not _reserve(row, assignment.project, by):
        raise _Unfunded(assignment.project_id)
    return row


def _below_cap(user: User) -> None:
    """A reviewer's claims happen one after the other, so that the count of the open ones holds."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if review_queue.open_for(user).count() >= MOST_OPEN:
        raise Refused("cap_reached", f"At most {MOST_OPEN} reviews are open at once.")


def _may_review(submission: Submission, assignment: Assignment, user: User) -> None:
    if Assignment.objects.filter(task=submission.task_id, annotator__user=user).exists():
        raise Refused(
            "own_work", "Nobody reviews a task they have worked on themselves.", status=403
        )
    if review_queue.circle_of(user).filter(annotator=assignment.annotator_id).exists():
        raise Refused(
            "own_circle", "Somebody with no ties to its annotator reviews this.", status=403
        )
    last = assignment.submissions.order_by("version").last()
    if assignment.state != AssignmentState.SUBMITTED or last != submission:
        raise Refused("wrong_state", "This submission does not wait for a review.")


def _row(
    request: ReviewRequest, submission: Submission, project: Project, user: User
) -> ReviewAssignment:
    """The claim; only a reviewer with an annotator profile is paid for it."""
    payee = AnnotatorProfile.objects.filter(user=user).first()
    price = project.review_price_minor if payee else 0
    return ReviewAssignment(
        request=request,
        task_id=submission.task_id,
        submission=submission,
        reviewer=user,
        payee=payee if price else None,
        currency=project.currency,
        price_minor=price,
        fee_minor=fee(price, project.fee_bps),
        leased_until=after(LEASE),
    )


def _reserve(row: ReviewAssignment, project: Project, by: Actor) -> bool:
    return reserve.reserve(
        holder=row.holder,
        pot=project.pot,
        organization_id=project.organization_id,
        currency=row.currency,
        price_minor=row.price_minor,
        fee_minor=row.fee_minor,
        by=by,
    )


@transaction.atomic
def release(*, review_assignment_id: uuid.UUID, by: Actor) -> ReviewAssignment:
    """Give the submission back to the queue, and its price to the project."""
    row = _locked(review_assignment_id, by)
    move(row, ReviewAssignmentState.RELEASED, REVIEW_ASSIGNMENT_MOVES)
    move(row.request, ReviewRequestState.WAITING, REVIEW_REQUEST_MOVES)
    audit.record("review_released", row, by=by)
    reserve.release(holder=row.holder, by=by)
    return row


def _locked(review_assignment_id: uuid.UUID, by: Actor) -> ReviewAssignment:
    """The reviewer's own claim, locked; anyone else's is `not_found`."""
    row = (
        ReviewAssignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("submission", "request")
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
    by: Actor,
) -> Review:
    """Accept, return for correction (at most 3) or reject; the reviewer is paid whatever they say.

    A return and a rejection need a category and a text, a rejection one of at least 40 characters;
    the annotator reads both. The same verdict for the same reason is the same review. Refuses
    `invalid` (422), `already_decided`, `stale_claim`, `too_late`, `no_more_returns`.
    """
    text = text.strip()
    category = "" if verdict == Verdict.ACCEPT else category
    _check_reason(verdict, category, text)
    ids = ReviewAssignment.objects.filter(pk=review_assignment_id)
    assignment_id = ids.values_list("submission__assignment_id", flat=True).first()
    assignment = lock_assignment(assignment_id) if assignment_id else None
    row = _locked(review_assignment_id, by)
    if assignment is None:
        raise NotFound("review")
    if row.state == ReviewAssignmentState.DONE:
        return _same(row, verdict, category, text)
    _holds(row, fence)
    move(row, ReviewAssignmentState.DONE, REVIEW_ASSIGNMENT_MOVES)
    move(row.request, ReviewRequestState.DONE, REVIEW_REQUEST_MOVES)
    review = Review.objects.create(
        kind=row.request.kind,
        task_id=row.task_id,
        submission=row.submission,
        assignment=row,
        reviewer_id=row.reviewer_id,
        verdict=verdict,
        category=category,
        text=text,
    )
    audit.record("reviewed", review, by=by, verdict=verdict, category=category, reason=text)
    _apply(review, row, assignment, by)
    return review


def _holds(row: ReviewAssignment, fence: int) -> None:
    if row.state != ReviewAssignmentState.CLAIMED:
        raise Refused("too_late", "The time for this review is over.")
    leases.hold(row, fence)


def _same(row: ReviewAssignment, verdict: str, category: str, text: str) -> Review:
    review = Review.objects.get(assignment=row)
    if (review.verdict, review.category, review.text) != (verdict, category, text):
        raise Refused("already_decided", "A verdict was given already.")
    return review


def _check_reason(verdict: str, category: str, text: str) -> None:
    faults = []
    if verdict not in Verdict.values:
        faults.append(Fault("/verdict", f"Must be one of: {', '.join(Verdict.values)}."))
    if "\x00" in text or len(text) > LONGEST_TEXT:
        faults.append(Fault("/text", f"Must have at most {LONGEST_TEXT} characters, and no NUL."))
    if verdict in (Verdict.RETURN, Verdict.REJECT):
        if category not in RejectionCategory.values:
            faults.append(Fault("/category", "Choose why."))
        least = LEAST_REJECTION if verdict == Verdict.REJECT else 1
        if len(text) < least:
            faults.append(Fault("/text", f"Say what is wrong, in at least {least} characters."))
    if faults:
        raise invalid("The verdict cannot be kept like this.", faults)


def _apply(review: Review, row: ReviewAssignment, assignment: Assignment, by: Actor) -> None:
    """The verdict's consequences; money last, in one booking."""
    paid = _pay(row, assignment.project)
    if review.verdict == Verdict.ACCEPT:
        verdicts.accept(assignment, by=by, also=paid)
        return
    if review.verdict == Verdict.RETURN and row.submission is not None:
        verdicts.return_for_correction(assignment, row.submission, by=by)
        telling.returned(assignment, review)
    else:
        verdicts.reject(assignment, review, by=by)
        telling.rejected(assignment, review)
    accrue_all(paid, by=by)


def _pay(row: ReviewAssignment, project: Project) -> list[Accrual]:
    if row.payee_id is None or not row.price_minor:
        return []
    return [Accrual(row.holder, row.payee_id, f"Review: {project.name}")]
