"""An adjudicator's claim on a disputed task."""

from django.conf import settings
from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from marketplace.core.models import LeasedModel
from tasks.models.task import Task
from tasks.states import ReviewAssignmentState


class AdjudicationAssignment(LeasedModel):
    """One claim on one dispute, with a lease; the price is reserved at the claim.

    A task that is disputed again is claimed again, by somebody else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="adjudication_assignments"
    )
    adjudicator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adjudication_assignments"
    )
    payee = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
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
                condition=models.Q(
                    state__in=ReviewAssignmentState.values, price_minor__gte=0, fee_minor__gte=0
                ),
                name="tasks_adjudication_assignment_state",
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=models.Q(state="claimed"),
                name="tasks_adjudication_assignment_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state="claimed"),
                name="tasks_adjudication_leases",
            ),
            models.Index(fields=["adjudicator", "-claimed_at"]),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.task_id} by {self.adjudicator_id}"

    @property
    def holder(self) -> str:
        """The key of its money in `payments`."""
        return f"adjudication:{self.pk}"
