"""Push: a plan for a batch of open tasks, and the offers it makes."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.project import Project
from tasks.models.task import Task
from tasks.states import OFFER_LIVE, OfferState


class Plan(models.Model):
    """One matching of a project's open tasks with its free candidates."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="plans")
    tasks = models.PositiveIntegerField()
    annotators = models.PositiveIntegerField()
    offers = models.PositiveIntegerField()
    standby = models.PositiveIntegerField(default=0)
    solver = models.CharField(max_length=20)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return f"{self.offers} offers for {self.tasks} tasks"


class OfferQuerySet(models.QuerySet["Offer"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "OfferQuerySet":
        """Staff see all, an annotator those made to them; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Offer(models.Model):
    """A task offered to an annotator until `expires_at`; accepting it is a claim like any other.

    An offer holds no slot and no money. `standby` waits, by `rank`, until a better placed one is
    declined or runs out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rows")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="offers")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="offers")
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.OFFERED)
    rank = models.PositiveSmallIntegerField(default=0)
    score = models.FloatField(default=0)  # noqa: TID251 - a statistic
    chance = models.FloatField(default=0.5)  # noqa: TID251 - a statistic
    made_at = models.DateTimeField(db_default=Now())
    offered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    declined_why = models.CharField(max_length=200, blank=True)

    objects: ClassVar[models.Manager["Offer"]] = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=OfferState.values), name="tasks_offer_state"
            ),
            models.UniqueConstraint(
                fields=["task", "annotator"],
                condition=models.Q(state__in=OFFER_LIVE),
                name="tasks_offer_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="offered")
                | models.Q(offered_at__isnull=False, expires_at__isnull=False),
                name="tasks_offer_expires",
            ),
            models.CheckConstraint(
                condition=models.Q(chance__gte=0, chance__lte=1), name="tasks_offer_chance"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="offered"),
                name="tasks_offer_due",
            ),
            models.Index(
                fields=["annotator"],
                condition=models.Q(state__in=OFFER_LIVE),
                name="tasks_offer_live",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.task_id} to {self.annotator_id}"
