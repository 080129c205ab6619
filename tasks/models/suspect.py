"""Pairs of annotators whose answers go together beyond chance, kept for a person to look at."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.project import Project
from tasks.suspicion import SuspicionState


class SuspectPairQuerySet(models.QuerySet["SuspectPair"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SuspectPairQuerySet":
        """Staff see all; nobody else any, those concerned least of all."""
        return self if actor.kind is ActorKind.STAFF else self.none()


class SuspectPair(models.Model):
    """Two annotators in a project, `one` the lower id, and what a night's reckoning found.

    Of `shared` tasks they gave `agreed` the same answer to the question `question` (the key of a
    ballot), where `expected` would be by chance and skill; `z` is how many standard deviations that
    is off, `evidence` the logarithm of how much likelier it is if one copies
    (`tasks/quality/copying.py`). `mistakes` counts shared answers that are probably wrong, `alike`
    lists the surest of them. It stops, pauses and rejects nothing: only a person's decision does
    something. A dismissed pair keeps the figures by which it was dismissed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="suspect_pairs")
    one = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    shared = models.PositiveIntegerField()
    agreed = models.PositiveIntegerField()
    expected = models.FloatField()  # noqa: TID251 - a statistic
    z = models.FloatField()  # noqa: TID251 - a statistic
    evidence = models.FloatField()  # noqa: TID251 - a statistic
    mistakes = models.PositiveIntegerField()
    alike = models.JSONField(default=list, blank=True)
    found_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=SuspicionState, default=SuspicionState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager["SuspectPair"]] = SuspectPairQuerySet.as_manager()

    class Meta:
        verbose_name = "pair"
        verbose_name_plural = "pairs whose answers go together"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "one", "other"], name="tasks_suspect_pair_once"
            ),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="tasks_suspect_pair_order"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=SuspicionState.values),
                name="tasks_suspect_pair_state",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    shared__gt=0,
                    agreed__lte=models.F("shared"),
                    mistakes__lte=models.F("agreed"),
                    expected__gte=0,
                    expected__lte=models.F("shared"),
                    evidence__gt=0,
                ),
                name="tasks_suspect_pair_numbers",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="waiting", decided_by__isnull=True, decided_at__isnull=True, reason=""
                )
                | (
                    ~models.Q(state="waiting")
                    & ~models.Q(reason="")
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="tasks_suspect_pair_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-evidence"],
                condition=models.Q(state="waiting"),
                name="tasks_suspect_pair_waiting",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.one} and {self.other}"
