"""Appeals: an annotator says that a rejection, or an event of their skill, is wrong."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.assignment import Assignment
from tasks.models.review import ReviewRequest
from tasks.models.skill import SkillEvent
from tasks.states import AppealState


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "AppealQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Appeal(models.Model):
    """Against a rejection (`assignment`) or an event of a skill (`skill_event`), never both.

    Another qualified reviewer, who does not see the first verdict, decides by the `request` until
    `due_at`; after that the annotator has won.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="appeals"
    )
    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="appeal"
    )
    skill_event = models.OneToOneField(
        SkillEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="appeal"
    )
    request = models.OneToOneField(ReviewRequest, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(max_length=4000)
    state = models.CharField(max_length=10, choices=AppealState, default=AppealState.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, max_length=4000)

    objects: ClassVar[models.Manager["Appeal"]] = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AppealState.values), name="tasks_appeal_state"
            ),
            models.CheckConstraint(
                condition=models.Q(assignment__isnull=False, skill_event__isnull=True)
                | models.Q(assignment__isnull=True, skill_event__isnull=False),
                name="tasks_appeal_against_one",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="tasks_appeal_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="lost") | ~models.Q(reason=""), name="tasks_appeal_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="open"), name="tasks_appeal_due"
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"by {self.annotator_id}"
