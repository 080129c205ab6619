"""An assignment: one annotator's claim on one task, with a lease and a frozen quote."""

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models

from accounts.models import AdverseAct, AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import handle, new_id
from marketplace.core.models import LeasedModel
from tasks.models.project import Project
from tasks.models.task import Task
from tasks.states import HELD, LIVE, AssignmentState, SkipReason

# No answer waits longer for its verdicts, all its versions together; then it is accepted by itself.
MOST_WAIT = dt.timedelta(days=14)
CLOCK_LOOKS = dt.timedelta(minutes=1)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "AssignmentQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Assignment(LeasedModel):
    """The claim and what became of it.

    The quote (`price_minor`, `fee_minor`, `currency`, and the pay rules in `quote`) and
    `guideline_version` are frozen at the claim. `price_minor` and `fee_minor` are the most that the
    claim can cost; they are what is reserved. `draft` is kept when the lease ends. `final_at` says
    when its money was settled for good (accepted, or rejection final). `seen_at` is the last sign
    of life from its page, and `active_seconds` the time at work there, pauses left out.
    `skip_reason` is why it was given back, `adverse_act` why it was rejected.

    While an answer waits for its verdict, `accept_at` is when it is accepted by itself, and
    `timed_out` says that it was. `waited_seconds` is how long earlier versions waited until they
    were returned: all of it together is at most MOST_WAIT.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assignments")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="assignments")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="assignments"
    )
    state = models.CharField(
        max_length=10, choices=AssignmentState, default=AssignmentState.CLAIMED
    )
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    quote = models.JSONField(default=dict, db_default={}, blank=True)
    guideline_version = models.PositiveIntegerField()
    returns = models.PositiveSmallIntegerField(default=0)
    draft = models.JSONField(null=True, blank=True)
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    active_seconds = models.PositiveIntegerField(default=0, db_default=0)
    skip_reason = models.CharField(max_length=10, choices=SkipReason, blank=True, db_default="")
    adverse_act = models.ForeignKey(
        AdverseAct, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)
    accept_at = models.DateTimeField(null=True, blank=True)
    waited_seconds = models.PositiveIntegerField(default=0, db_default=0)
    timed_out = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[models.Manager["Assignment"]] = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AssignmentState.values), name="tasks_assignment_state"
            ),
            models.UniqueConstraint(
                fields=["task", "annotator"],
                condition=models.Q(state__in=LIVE),
                name="tasks_assignment_once",
            ),
            models.CheckConstraint(
                condition=models.Q(price_minor__gt=0, fee_minor__gte=0, returns__lte=3),
                name="tasks_assignment_numbers",
            ),
            # A minute more: hand-in and date are two looks at the clock.
            models.CheckConstraint(
                condition=models.Q(accept_at__isnull=True)
                | models.Q(accept_at__lte=models.F("submitted_at") + MOST_WAIT + CLOCK_LOOKS),
                name="tasks_assignment_accept_at",
            ),
            models.CheckConstraint(
                condition=models.Q(timed_out=False) | models.Q(state="accepted"),
                name="tasks_assignment_timed_out",
            ),
            models.CheckConstraint(
                condition=models.Q(skip_reason__in=["", *SkipReason.values]),
                name="tasks_assignment_skip_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="rejected") | models.Q(adverse_act__isnull=False),
                name="tasks_assignment_rejected_by_act",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["submitted", "accepted", "rejected", "returned"])
                | models.Q(submitted_at__isnull=False),
                name="tasks_assignment_submitted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state__in=HELD),
                name="tasks_assignment_leases",
            ),
            models.Index(
                fields=["annotator"],
                condition=models.Q(state__in=HELD),
                name="tasks_assignment_open",
            ),
            models.Index(fields=["annotator", "-claimed_at"]),
            models.Index(fields=["claimed_at"], name="tasks_assignment_claimed"),
            models.Index(fields=["project", "annotator"], name="tasks_assignment_shares"),
            models.Index(
                fields=["project", "submitted_at"],
                condition=models.Q(submitted_at__isnull=False),
                name="tasks_assignment_handed_in",
            ),
            models.Index(
                fields=["submitted_at"],
                condition=models.Q(state="submitted"),
                name="tasks_assignment_waiting",
            ),
            models.Index(
                fields=["accept_at"],
                condition=models.Q(state="submitted"),
                name="tasks_assignment_overdue",
            ),
            models.Index(
                fields=["decided_at"],
                condition=models.Q(state="rejected", final_at__isnull=True),
                name="tasks_assignment_appealable",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.task_id} by {self.annotator_id}"

    @property
    def task_handle(self) -> uuid.UUID:
        """What its annotator reads in place of the task's id."""
        return handle(self.task_id)

    @property
    def cancel_reason(self) -> str:
        """Why its client called off the task or the whole project; empty if neither."""
        return self.task.cancel_reason or self.project.cancel_reason

    @property
    def holder(self) -> str:
        """The key of its money in `payments`."""
        return f"assignment:{self.pk}"


class LateAnswer(models.Model):
    """An answer that came after the lease: kept, never counted by itself."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="late")
    answer = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return f"late for {self.assignment_id}"
