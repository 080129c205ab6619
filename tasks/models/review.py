"""Reviews: a judgement that is wanted, a reviewer's claim on it, and the verdict."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from marketplace.core.models import LeasedModel
from tasks.models.project import Project
from tasks.models.submission import Submission
from tasks.models.task import Task
from tasks.states import (
    CheckSource,
    RejectionCategory,
    ReviewAssignmentState,
    ReviewKind,
    ReviewLevel,
    ReviewRequestState,
    Verdict,
)

# An annotator reads why an answer is rejected, in at least so many characters.
LEAST_REJECTION = 40


class ReviewRequest(models.Model):
    """That somebody of `level` or above should judge an answer: the submission's, or, for a
    warranty, the task's result (`submission` is null).

    Those with the nearest `due_at` are done first, then the oldest.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=ReviewKind)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="review_requests")
    submission = models.ForeignKey(
        Submission,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="review_requests",
    )
    level = models.PositiveSmallIntegerField(choices=ReviewLevel, default=ReviewLevel.REVIEWER)
    state = models.CharField(
        max_length=10, choices=ReviewRequestState, default=ReviewRequestState.WAITING
    )
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=ReviewKind.values,
                    state__in=ReviewRequestState.values,
                    level__in=ReviewLevel.values,
                ),
                name="tasks_review_request_state",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="warranty", submission__isnull=True)
                | (~models.Q(kind="warranty") & models.Q(submission__isnull=False)),
                name="tasks_review_request_target",
            ),
            models.UniqueConstraint(
                fields=["submission", "kind"],
                condition=~models.Q(state="withdrawn") & ~models.Q(kind="appeal"),
                name="tasks_review_request_once",
            ),
            # After one about a skill is decided, a rejection can still be appealed.
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(kind="appeal", state__in=["waiting", "taken"]),
                name="tasks_review_request_appeal_once",
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=models.Q(kind="warranty", state__in=["waiting", "taken"]),
                name="tasks_review_request_warranty_once",
            ),
        ]
        indexes = [
            # The order of the queue: PostgreSQL puts those without a date last.
            models.Index(
                fields=["due_at", "created_at"],
                condition=models.Q(state="waiting"),
                name="tasks_review_request_queue",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} of {self.submission_id or self.task_id}"


class ReviewAssignment(LeasedModel):
    """One reviewer's claim on one request.

    `task` and `submission` are its request's. `reviewer` is who signs in; `payee` is their
    annotator profile, if they are paid by review. The price is reserved at the claim, from the
    project's funds, when there is a payee.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(
        ReviewRequest, on_delete=models.PROTECT, related_name="review_assignments"
    )
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="review_assignments")
    submission = models.ForeignKey(
        Submission,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="review_assignments",
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_assignments"
    )
    payee = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=10, choices=ReviewAssignmentState, default=ReviewAssignmentState.CLAIMED
    )
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    claimed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ReviewAssignmentState.values),
                name="tasks_review_assignment_state",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(state__in=["claimed", "done"]),
                name="tasks_review_assignment_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state="claimed"),
                name="tasks_review_leases",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.request_id} by {self.reviewer_id}"

    @property
    def holder(self) -> str:
        """The key of its money in `payments`."""
        return f"review:{self.pk}"


class Review(models.Model):
    """A verdict with its reason. A sampled-out submission is accepted without a review row.

    `scores` holds a number for each criterion of the project's rubric. `answer` is the reviewer's
    edit (verdict `fix`), and `fixed` the version of the submission that it became.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=ReviewKind, default=ReviewKind.FIRST)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reviews")
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.PROTECT, related_name="review"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    verdict = models.CharField(max_length=10, choices=Verdict)
    category = models.CharField(max_length=16, choices=RejectionCategory, blank=True)
    text = models.TextField(blank=True, max_length=4000)
    scores = models.JSONField(default=dict, db_default={}, blank=True)
    answer = models.JSONField(null=True, blank=True)
    fixed = models.OneToOneField(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="fixed_by"
    )
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values, kind__in=ReviewKind.values),
                name="tasks_review_verdict",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="accept")
                | (~models.Q(category="") & ~models.Q(text="")),
                name="tasks_review_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="reject")
                | models.Q(GreaterThanOrEqual(Length("text"), LEAST_REJECTION)),
                name="tasks_review_reject_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=["", *RejectionCategory.values]),
                name="tasks_review_category",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="fix", answer__isnull=False)
                | (~models.Q(verdict="fix") & models.Q(answer__isnull=True)),
                name="tasks_review_fix_has_answer",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-decided_at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.verdict} of {self.submission_id or self.task_id}"


class ReviewCheck(models.Model):
    """What later told whether the reviewed answer had been right; with the verdict it makes the
    reviewer's sensitivity (wrong answers found) and specificity (right answers let pass).
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="checks")
    source = models.CharField(max_length=16, choices=CheckSource)
    was_right = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "source"], name="tasks_review_check_once"),
            models.CheckConstraint(
                condition=models.Q(source__in=CheckSource.values), name="tasks_review_check_source"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.source} of {self.review_id}"
