"""Approvals by the thousand: what a client accepts in one call, and how far that is."""

from typing import ClassVar

from django.db import models

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.project import Project
from tasks.models.submission import Submission


class ApprovalState(models.TextChoices):
    """One answer of a bulk approval."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class BulkApprovalQuerySet(models.QuerySet["BulkApproval"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "BulkApprovalQuerySet":
        """Staff see all, a key those of its organization's projects; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        return self.none()


class BulkApproval(models.Model):
    """Answers of one project that its client, or staff, accept together. Its items say how far it
    is; `finished_at` when none waits."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="bulk_approvals")
    total = models.PositiveIntegerField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["BulkApproval"]] = BulkApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total__gte=1, total__lte=10_000), name="tasks_bulk_approval_size"
            )
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=models.Q(finished_at__isnull=True),
                name="tasks_bulk_approval_open",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.total} of {self.project_id}"


class BulkApprovalItem(models.Model):
    """One answer of a bulk approval; `reason` is the code of a refusal."""

    approval = models.ForeignKey(BulkApproval, on_delete=models.PROTECT, related_name="items")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=8, choices=ApprovalState, default=ApprovalState.WAITING, db_default="waiting"
    )
    reason = models.CharField(max_length=20, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "submission"], name="tasks_bulk_approval_item_once"
            ),
            # No two calls accept the same answer, whatever becomes of their jobs.
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(state="done"),
                name="tasks_bulk_approval_done_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ApprovalState.values)
                & (
                    models.Q(state="refused") & ~models.Q(reason="")
                    | ~models.Q(state="refused") & models.Q(reason="")
                ),
                name="tasks_bulk_approval_item_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["approval", "submission"],
                condition=models.Q(state="waiting"),
                name="tasks_bulk_approval_waiting",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.state} {self.submission_id}"
