"""Reviews: a reviewer's claim on a submission, and the verdict."""

from django.conf import settings
from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from marketplace.core.models import LeasedModel
from tasks.models.submission import Submission
from tasks.states import RejectionCategory, ReviewAssignmentState, Verdict


class ReviewAssignment(LeasedModel):
    """One reviewer's claim on one submission.

    `reviewer` is who signs in; `payee` is their annotator profile, if they are paid by review. The
    price is
    reserved at the claim, from the project's funds, when there is a payee.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="review_assignments"
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
                fields=["submission"],
                condition=models.Q(state__in=["claimed", "done"]),
                name="tasks_review_assignment_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state="claimed"),
                name="tasks_review_leases",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.submission_id} by {self.reviewer_id}"

    @property
    def holder(self) -> str:
        """The key of its money in `payments`."""
        return f"review:{self.pk}"


class Review(models.Model):
    """A verdict with its reason. A sampled-out submission is accepted without a review row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="review")
    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.PROTECT, related_name="review"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    verdict = models.CharField(max_length=10, choices=Verdict)
    category = models.CharField(max_length=16, choices=RejectionCategory, blank=True)
    text = models.TextField(blank=True, max_length=4000)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="tasks_review_verdict"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="accept")
                | (~models.Q(category="") & ~models.Q(text="")),
                name="tasks_review_says_why",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.verdict} of {self.submission_id}"
