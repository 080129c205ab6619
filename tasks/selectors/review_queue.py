"""What waits for a reviewer, and the page of one review."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.safestring import SafeString

from accounts.models import User
from marketplace.core import leases
from marketplace.core.errors import NotFound
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import (
    Assignment,
    CollusionMember,
    Project,
    Review,
    ReviewAssignment,
    Submission,
)
from tasks.selectors.guidelines import rendered
from tasks.states import AssignmentState, ReviewAssignmentState

TAKEN = (ReviewAssignmentState.CLAIMED, ReviewAssignmentState.DONE)
RECENT = 20


def _unreviewed() -> QuerySet[Submission]:
    """Submissions that wait for a verdict and that no reviewer has in hand."""
    taken = ReviewAssignment.objects.filter(submission=OuterRef("pk"), state__in=TAKEN)
    return Submission.objects.filter(~Exists(taken), assignment__state=AssignmentState.SUBMITTED)


def waiting_count() -> int:
    """How many submissions wait, for whomever."""
    return _unreviewed().count()


def circle_of(user: User) -> QuerySet[CollusionMember]:
    """Those whose answers go together with this reviewer's, as an annotator, beyond chance."""
    mine = CollusionMember.objects.filter(annotator__user=user).values("component")
    return CollusionMember.objects.filter(component__in=mine)


def waiting(user: User) -> QuerySet[Submission]:
    """What this reviewer may take, longest waiting first: nothing of a task they worked on, and
    nothing by one whose answers go together with theirs.
    """
    own = Assignment.objects.filter(task=OuterRef("task"), annotator__user=user)
    return (
        _unreviewed()
        .filter(~Exists(own), ~Exists(circle_of(user).filter(annotator=OuterRef("annotator"))))
        .select_related("task__project")
        .order_by("assignment__submitted_at", "pk")
    )


def open_for(user: User) -> QuerySet[ReviewAssignment]:
    """What this reviewer has claimed and not decided, the most urgent first."""
    return (
        ReviewAssignment.objects.filter(
            leases.live(), reviewer=user, state=ReviewAssignmentState.CLAIMED
        )
        .select_related("submission__task__project")
        .order_by("leased_until")
    )


def recent(user: User) -> QuerySet[Review]:
    """This reviewer's last 20 verdicts, newest first."""
    rows = Review.objects.filter(reviewer=user).select_related("submission__task__project")
    return rows.order_by("-decided_at", "-pk")[:RECENT]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A submission beside its task, without its annotator's name.

    `earlier` are the reviews of its earlier versions; `review` its own, once decided. `previous`
    and `next` are ids of the reviewer's claims around this one, by the time of the claim.
    """

    claim: ReviewAssignment
    submission: Submission
    project: Project
    fields: Sequence[RenderedField]
    answer: Sequence[RenderedAnswer]
    guideline: SafeString
    earlier: Sequence[Review]
    review: Review | None
    previous: uuid.UUID | None
    next: uuid.UUID | None


def page(user: User, review_assignment_id: uuid.UUID) -> ReviewPage:
    """The page of one of the reviewer's own claims; anyone else's is `not_found`."""
    mine = ReviewAssignment.objects.filter(reviewer=user)
    claim = mine.select_related("submission__task__project").filter(pk=review_assignment_id).first()
    if claim is None or claim.submission is None:
        raise NotFound("review")
    submission = claim.submission
    project, payload = submission.task.project, submission.task.payload
    interface = Interface.load(project.interface)
    reviews = list(
        Review.objects.filter(submission__assignment_id=submission.assignment_id).order_by(
            "submission__version"
        )
    )
    around = mine.exclude(state__in=["expired", "released"])
    before = around.filter(claimed_at__lt=claim.claimed_at).order_by("-claimed_at")
    after = around.filter(claimed_at__gt=claim.claimed_at).order_by("claimed_at")
    return ReviewPage(
        claim=claim,
        submission=submission,
        project=project,
        fields=render_fields(interface, payload),
        answer=render_answer(interface, submission.answer, payload),
        guideline=rendered(project, submission.guideline_version),
        earlier=[r for r in reviews if r.submission_id != submission.pk],
        review=next((r for r in reviews if r.submission_id == submission.pk), None),
        previous=before.values_list("pk", flat=True).first(),
        next=after.values_list("pk", flat=True).first(),
    )
