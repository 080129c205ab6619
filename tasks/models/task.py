"""A task: one item to label; and the batch it came in."""

import uuid
from typing import ClassVar

from django.db import models

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import handle, new_id
from tasks.models.project import Project
from tasks.states import TaskState


class BatchQuerySet(models.QuerySet["Batch"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "BatchQuerySet":
        """As its project."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        return self.none()


class Batch(models.Model):
    """The tasks of one upload, all stored or none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Batch"]] = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        """For people."""
        return f"{self.size} tasks"


class TaskQuerySet(models.QuerySet["Task"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "TaskQuerySet":
        """Staff see all, a key its organization's.

        Annotators reach tasks through their assignments.
        """
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        return self.none()


class Task(models.Model):
    """One item.

    `open_slots` says how many more annotators may claim it; only a claim's statement takes one, and
    what ends an assignment gives it back. `external_id` is the client's own name for the task,
    unique in the project. `starter` tasks go to newcomers first. `setbacks` counts claims that ran
    out or were given back since staff last looked; too many, and the task waits for `attention`.
    `withdrawn_at`: staff took it out while answers or claims were there; no slot of it opens again.
    `cancel_reason`: its client took it out, also from under running claims, whose annotators read
    it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tasks")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tasks")
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=120, blank=True)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    overlap = models.PositiveSmallIntegerField()
    open_slots = models.PositiveSmallIntegerField()
    priority = models.SmallIntegerField(default=0)
    starter = models.BooleanField(default=False, db_default=False)
    setbacks = models.PositiveSmallIntegerField(default=0, db_default=0)
    attention_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, default="", db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Task"]] = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=TaskState.values), name="tasks_task_state"
            ),
            models.CheckConstraint(
                condition=models.Q(open_slots__lte=models.F("overlap"), overlap__gte=1),
                name="tasks_task_slots",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "attention"], open_slots__gt=0)
                | (~models.Q(state__in=["open", "attention"]) & models.Q(open_slots=0)),
                name="tasks_task_open_has_slots",
            ),
            models.CheckConstraint(
                condition=models.Q(state="attention", attention_at__isnull=False)
                | (~models.Q(state="attention") & models.Q(attention_at__isnull=True)),
                name="tasks_task_attention_since",
            ),
            models.CheckConstraint(
                condition=models.Q(cancel_reason="") | models.Q(withdrawn_at__isnull=False),
                name="tasks_task_cancelled",
            ),
            models.UniqueConstraint(
                fields=["project", "external_id"],
                condition=~models.Q(external_id=""),
                name="tasks_task_external_id",
            ),
        ]
        indexes = [
            models.Index(
                models.F("project"),
                models.F("starter"),
                models.F("priority").desc(),
                models.F("id"),
                condition=models.Q(state="open"),
                name="tasks_task_queue",
            ),
            models.Index(fields=["project", "state"]),
            models.Index(
                fields=["attention_at"],
                condition=models.Q(state="attention"),
                name="tasks_task_attention",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.external_id or str(self.pk)

    @property
    def handle(self) -> uuid.UUID:
        """What annotators read in place of its id: the order of ids would tell gold from work."""
        return handle(self.pk)
