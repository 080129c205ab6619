"""An annotator's past work, each submission with its verdict and reason."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F

from payments.selectors import earned
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import Assignment, Gold, Project, Review, Submission
from tasks.selectors import pay_words
from tasks.selectors.changes import Change, changes
from tasks.selectors.scored import Scored, scored
from tasks.states import HELD, TOLD_KINDS, AssignmentState

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One claim and the last verdict on it, if there is one; what it was paid, or 0 while it is
    not, and whether it still may be.
    """

    assignment: Assignment
    project: Project
    verdict: Review | None
    paid_minor: int
    promised: bool


def rows(annotator_id: uuid.UUID, *, page: int = 1) -> list[HistoryRow]:
    """A page of 100 claims (from 1), newest first, in three statements."""
    first = (page - 1) * MOST_ROWS
    claims = list(
        Assignment.objects.filter(annotator_id=annotator_id)
        .select_related("project", "task")
        .order_by("-claimed_at", "-pk")[first : first + MOST_ROWS]
    )
    reviews = Review.objects.filter(submission__assignment__in=claims, kind__in=TOLD_KINDS)
    last = {
        review.assignment_of: review
        for review in reviews.annotate(assignment_of=F("submission__assignment")).order_by(
            "submission__version", "decided_at"
        )
    }
    paid = earned.amounts(claim.holder for claim in claims)
    return [
        HistoryRow(
            claim,
            claim.project,
            last.get(claim.pk),
            paid_minor=paid.get(claim.holder, 0),
            promised=_promised(claim),
        )
        for claim in claims
    ]


def _promised(claim: Assignment) -> bool:
    """Whether its price may still be earned."""
    return claim.state in (*HELD, AssignmentState.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Version:
    """One answer that was handed in, and what the reviewer said of it: with scores by the project's
    rubric, and what they `changed` if they fixed it."""

    submission: Submission
    answer: Sequence[RenderedAnswer]
    review: Review | None
    scores: Sequence[Scored]
    changed: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Training:
    """The right answer to a training task, and why it is right."""

    answer: Sequence[RenderedAnswer]
    explanation: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One claim with its task and every version of its answer, the newest first; `training` once a
    training task was answered, `called_off` says why if its client did. `paid` is what it has
    earned, with its lines; `promised` what it would, in words, while it still may.
    """

    assignment: Assignment
    project: Project
    fields: Sequence[RenderedField]
    versions: Sequence[Version]
    training: Training | None
    called_off: str = ""
    paid: earned.Earned | None = None
    promised: pay_words.Words | None = None


def one(assignment: Assignment) -> HistoryPage:
    """The page of an assignment that its reader was allowed to see."""
    project, payload = assignment.project, assignment.task.payload
    interface = Interface.load(project.interface)
    submissions = assignment.submissions.order_by("-version")
    reviews = Review.objects.filter(submission__assignment=assignment, kind__in=TOLD_KINDS)
    last = {review.submission_id: review for review in reviews.order_by("decided_at")}
    training = _training(assignment)
    ended = assignment.state == AssignmentState.CANCELLED
    return HistoryPage(
        assignment=assignment,
        project=project,
        fields=render_fields(interface, payload),
        versions=[_version(interface, assignment, row, last.get(row.pk)) for row in submissions],
        training=Training(render_answer(interface, training.answer, payload), training.explanation)
        if training
        else None,
        called_off=assignment.cancel_reason if ended else "",
        paid=earned.of(assignment.holder),
        promised=pay_words.of_claim(assignment) if _promised(assignment) else None,
    )


def _version(
    interface: Interface, assignment: Assignment, row: Submission, review: Review | None
) -> Version:
    payload, edit = assignment.task.payload, review.answer if review else None
    return Version(
        submission=row,
        answer=render_answer(interface, row.answer, payload),
        review=review,
        scores=scored(assignment.project.review_rubric, review.scores) if review else [],
        changed=changes(interface, payload, row.answer, edit) if edit else [],
    )


def trains(assignment: Assignment) -> bool:
    """Whether a training task was answered, so that its right answer may be shown."""
    return _training(assignment) is not None


def _training(assignment: Assignment) -> Gold | None:
    """The known answer of training gold, never before the hand-in, and of no other gold ever."""
    answered = Exists(Submission.objects.filter(assignment_id=assignment.pk))
    return Gold.objects.filter(answered, pk=assignment.task_id, training=True).first()
