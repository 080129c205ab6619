"""The pages of reviewers: what they have in hand, their last verdicts, and one review."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from accounts.models import User
from marketplace.core import leases
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import (
    Appeal,
    Project,
    Result,
    Review,
    ReviewAssignment,
    ReviewRequest,
    Submission,
)
from tasks.selectors.changes import Change, changes
from tasks.selectors.guidelines import latest, rendered
from tasks.selectors.reviewable import TAKEN
from tasks.selectors.scored import Scored, scored
from tasks.states import ReviewAssignmentState, ReviewKind, ReviewRequestState

RECENT = 20


def waiting_count() -> int:
    """How many judgements are wanted and in nobody's hands."""
    return ReviewRequest.objects.filter(state=ReviewRequestState.WAITING).count()


def open_for(user: User) -> QuerySet[ReviewAssignment]:
    """What this reviewer has claimed and not decided, the most urgent first."""
    return (
        ReviewAssignment.objects.filter(
            leases.live(), reviewer=user, state=ReviewAssignmentState.CLAIMED
        )
        .select_related("task__project", "submission")
        .order_by("leased_until")
    )


def recent(user: User) -> QuerySet[Review]:
    """This reviewer's last 20 verdicts, newest first."""
    rows = Review.objects.filter(reviewer=user).select_related("task__project", "submission")
    return rows.order_by("-decided_at", "-pk")[:RECENT]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """An answer beside its task, without names, without its kind and without others' verdicts; of
    an appeal, what its annotator says (`appeal`, else empty).

    `submission` is null where a task's result is judged. `earlier` are the reviews of earlier
    versions of a returned answer, for whoever decides about its correction; `review` their own,
    once decided, with what it `changed` and its scores. `previous` and `next` are ids of the
    reviewer's claims around this one, by the time of the claim.
    """

    claim: ReviewAssignment
    submission: Submission | None
    project: Project
    interface: Interface
    payload: Mapping[str, Any]
    judged: Mapping[str, Any]
    fields: Sequence[RenderedField]
    answer: Sequence[RenderedAnswer]
    guideline: SafeString
    appeal: str
    earlier: Sequence[Review]
    review: Review | None
    changed: Sequence[Change]
    scores: Sequence[Scored]
    previous: uuid.UUID | None
    next: uuid.UUID | None


def own(user: User, review_assignment_id: uuid.UUID) -> ReviewAssignment:
    """A reviewer's own claim; anyone else's is `not_found`."""
    rows = ReviewAssignment.objects.filter(reviewer=user, pk=review_assignment_id)
    claim = rows.select_related("request", "submission", "task__project").first()
    if claim is None:
        raise NotFound("review")
    return claim


def seconds_left(user: User, review_assignment_id: uuid.UUID, fence: int) -> float:
    """The time left for a claim in hand, by the database's clock; refuses `not_found`, and (409)
    `too_late` or `stale_claim`."""
    claim = own(user, review_assignment_id)
    left = (claim.leased_until - now()).total_seconds()
    if claim.state != ReviewAssignmentState.CLAIMED or left <= 0:
        raise Refused("too_late", "The time for this review is over.")
    if claim.fence != fence:
        raise Refused("stale_claim", "This claim has passed on: open the review again.")
    return left


def page(user: User, review_assignment_id: uuid.UUID) -> ReviewPage:
    """The page of one of the reviewer's own claims; anyone else's is `not_found`."""
    claim = own(user, review_assignment_id)
    project, payload = claim.task.project, claim.task.payload
    interface = Interface.load(project.interface)
    judged = judged_answer(claim)
    review = Review.objects.filter(assignment=claim).first()
    around = ReviewAssignment.objects.filter(reviewer=user, state__in=TAKEN)
    before = around.filter(claimed_at__lt=claim.claimed_at).order_by("-claimed_at")
    after = around.filter(claimed_at__gt=claim.claimed_at).order_by("claimed_at")
    return ReviewPage(
        claim=claim,
        submission=claim.submission,
        project=project,
        interface=interface,
        payload=payload,
        judged=judged,
        fields=render_fields(interface, payload),
        answer=render_answer(interface, judged, payload),
        guideline=(
            rendered(project, claim.submission.guideline_version)
            if claim.submission
            else latest(project)
        ),
        appeal=_appeal(claim),
        earlier=_earlier(claim),
        review=review,
        changed=changes(interface, payload, judged, review.answer)
        if review and review.answer
        else [],
        scores=scored(project.review_rubric, review.scores) if review else [],
        previous=before.values_list("pk", flat=True).first(),
        next=after.values_list("pk", flat=True).first(),
    )


def judged_answer(claim: ReviewAssignment) -> Mapping[str, Any]:
    """The answer that a claim is about: the submission's, or the task's result."""
    if claim.submission is not None:
        answer: Mapping[str, Any] = claim.submission.answer
        return answer
    result = Result.objects.filter(task=claim.task_id).first()
    if result is None:
        raise NotFound("review")
    found: Mapping[str, Any] = result.answer
    return found


def _appeal(claim: ReviewAssignment) -> str:
    """Why the annotator says that the first verdict is wrong, for the judge of their appeal."""
    texts = Appeal.objects.filter(request=claim.request_id).values_list("text", flat=True)
    return texts.first() or ""


def _earlier(claim: ReviewAssignment) -> list[Review]:
    """What was asked for before, for a correction's reviewer; others judge without it."""
    if claim.submission is None or claim.request.kind != ReviewKind.FIRST:
        return []
    rows = Review.objects.filter(
        kind=ReviewKind.FIRST,
        submission__assignment=claim.submission.assignment_id,
        submission__version__lt=claim.submission.version,
    )
    return list(rows.order_by("submission__version"))
