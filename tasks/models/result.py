"""Results: the answer a task is delivered with.

And adjudications, the last word on disagreement.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.task import Task
from tasks.states import ResultSource


class ResultQuerySet(models.QuerySet["Result"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ResultQuerySet":
        """Staff see all, a key those of its organization's tasks; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(task__project__organization_id=actor.tenant)
        return self.none()


class Adjudication(models.Model):
    """A person's final word on a disputed task, with the reason. The newest counts: a result that
    is found wrong later is disputed, and decided, again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="adjudications")
    answer = models.JSONField()
    reason = models.TextField(max_length=4000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="tasks_adjudication_why")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"of {self.task_id}"


class Result(models.Model):
    """The delivered answer, how sure it is and where it came from.

    `confidence` is the chance (if `calibrated`; else a share of votes or a model's raw posterior)
    of the least sure question's answer, or null.

    `details` says for each voted question the shares of the answers; `submissions` is how many were
    counted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="result")
    answer = models.JSONField()
    source = models.CharField(max_length=12, choices=ResultSource)
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    calibrated = models.BooleanField(default=False)
    details = models.JSONField(default=dict)
    submissions = models.PositiveSmallIntegerField()
    concluded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Result"]] = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source__in=ResultSource.values), name="tasks_result_source"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True)
                | models.Q(confidence__gte=0, confidence__lte=1),
                name="tasks_result_confidence",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.source} for {self.task_id}"


class ResultRevision(models.Model):
    """What a result said before it was changed, and why it was."""

    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    source = models.CharField(max_length=12, choices=ResultSource)
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    calibrated = models.BooleanField()
    details = models.JSONField()
    concluded_at = models.DateTimeField()
    why = models.TextField(max_length=4000)
    replaced_by = models.CharField(max_length=120)
    replaced_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "number"], name="tasks_result_revision_once"),
            models.CheckConstraint(condition=~models.Q(why=""), name="tasks_result_revision_why"),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.number} of {self.result_id}"
