"""Gold: tasks whose answer is known, what was answered to them, and how often they are due."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Random

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from tasks.models.project import Project
from tasks.models.submission import Submission
from tasks.models.task import Task
from tasks.states import GoldState


class GoldQuerySet(models.QuerySet["Gold"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "GoldQuerySet":
        """Staff see all, a key its organization's; annotators none, ever."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        return self.none()


class Gold(models.Model):
    """The known answer of a task, why it is right, and what else counts as right.

    `tolerance` says per question how far an answer may be off. Training gold shows answer and
    explanation after the hand-in. `seen` and `right` count answers, `good_seen` and `good_right`
    those of annotators known to be good: when they fail it, it is the gold that is wrong. `place`
    is where it lies on a wheel from 0 to 1: a claim turns the wheel and takes the next one, so that
    nobody can tell from what others were given what comes to them.
    """

    task = models.OneToOneField(
        Task, on_delete=models.PROTECT, primary_key=True, related_name="known"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="golds")
    state = models.CharField(max_length=12, choices=GoldState, default=GoldState.ACTIVE)
    training = models.BooleanField(default=False)
    answer = models.JSONField()
    explanation = models.TextField(blank=True, max_length=4000)
    tolerance = models.JSONField(default=dict, blank=True)
    place = models.FloatField(db_default=Random())  # noqa: TID251 - a draw
    seen = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    good_seen = models.PositiveIntegerField(default=0)
    good_right = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    quarantined_why = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Gold"]] = GoldQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "gold"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=GoldState.values), name="tasks_gold_state"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    right__lte=models.F("seen"),
                    good_seen__lte=models.F("seen"),
                    good_right__lte=models.F("good_seen"),
                ),
                name="tasks_gold_counts",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="quarantined") | ~models.Q(quarantined_why=""),
                name="tasks_gold_quarantined_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "training", "place"],
                condition=models.Q(state="active"),
                name="tasks_gold_wheel",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"gold {self.task_id}"


class GoldAnswer(models.Model):
    """What an annotator's answer to a gold task was worth: `right` as a whole, and per question."""

    submission = models.OneToOneField(
        Submission, on_delete=models.PROTECT, primary_key=True, related_name="gold_answer"
    )
    gold = models.ForeignKey(Gold, on_delete=models.PROTECT, related_name="answers")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="gold_answers"
    )
    right = models.BooleanField()
    questions = models.JSONField(default=dict)
    # False while the gold is in quarantine: it moves no skill.
    counts = models.BooleanField(default=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["annotator", "-at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} on {self.gold_id}"


class GoldStanding(models.Model):
    """How an annotator stands with a project's gold; the claim reads it to know how much is due.

    `claimed` counts gold in hand or answered, `answered` and `right` what was scored of it: what
    lies between `claimed` and `answered` is still to come. A claim that ends without an answer is
    taken off again. `trained` counts training tasks in the same way, in hand or answered.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="gold_standings"
    )
    claimed = models.PositiveIntegerField(default=0, db_default=0)
    answered = models.PositiveIntegerField(default=0, db_default=0)
    right = models.PositiveIntegerField(default=0, db_default=0)
    trained = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "project"], name="tasks_gold_standing_once"
            ),
            models.CheckConstraint(
                condition=models.Q(right__lte=models.F("answered")),
                name="tasks_gold_standing_counts",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} in {self.project_id}"
