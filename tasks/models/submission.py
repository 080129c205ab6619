"""A submission: the answer handed in. PostgreSQL refuses to change or delete it (0004)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.assignment import Assignment
from tasks.models.task import Task


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SubmissionQuerySet":
        """Staff see all, a key those of its organization's tasks, an annotator their own."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(task__project__organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Submission(models.Model):
    """Version 1 and, after a return for correction, versions 2 to 4; a reviewer's edit is one more.

    `digest` is SHA-256 of the canonical answer. `edited_by` is the reviewer who fixed the version
    before; the work, and the pay, stay its annotator's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="submissions"
    )
    version = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    digest = models.CharField(max_length=64)
    guideline_version = models.PositiveIntegerField()
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Submission"]] = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "version"], name="tasks_submission_version"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1, version__lte=5),
                name="tasks_submission_versions",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"version {self.version} of {self.assignment_id}"
