"""What is known of an annotator's accuracy in a domain, and who is known to answer together."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile, Domain
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.submission import Submission
from tasks.states import SkillEventKind


class Skill(models.Model):
    """The estimate of an annotator's accuracy in a domain: Beta(`alpha`, `beta`).

    `lower` and `upper` are its 5 % and 95 % quantiles, kept beside it because PostgreSQL has no
    inverse of the Beta distribution; whoever moves alpha or beta moves them too.
    """

    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="skills")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
    alpha = models.FloatField()  # noqa: TID251 - a statistic
    beta = models.FloatField()  # noqa: TID251 - a statistic
    gold_seen = models.PositiveIntegerField(default=0)
    lower = models.FloatField()  # noqa: TID251 - a statistic
    upper = models.FloatField()  # noqa: TID251 - a statistic
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotator", "domain"], name="tasks_skill_once"),
            models.CheckConstraint(
                condition=models.Q(
                    alpha__gt=0,
                    beta__gt=0,
                    lower__gte=0,
                    upper__lte=1,
                    lower__lte=models.F("upper"),
                ),
                name="tasks_skill_numbers",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} in {self.domain_id}"


class SkillEventQuerySet(models.QuerySet["SkillEvent"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SkillEventQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class SkillEvent(models.Model):
    """One thing that moved a skill: the numbers before and after, and the formula in words.

    `key` names its cause (`gold:<submission>`), so that the same cause counts once. `share` is how
    right the answer was (0 to 1), `weight` how much that counts. `undoes` is the event that a
    reversal takes back. Never changed or deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="skill_events"
    )
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=SkillEventKind)
    key = models.CharField(max_length=120, unique=True)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="skill_events"
    )
    share = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    weight = models.FloatField()  # noqa: TID251 - a statistic
    formula = models.TextField()
    alpha_before = models.FloatField()  # noqa: TID251 - a statistic
    beta_before = models.FloatField()  # noqa: TID251 - a statistic
    lower_before = models.FloatField()  # noqa: TID251 - a statistic
    upper_before = models.FloatField()  # noqa: TID251 - a statistic
    alpha_after = models.FloatField()  # noqa: TID251 - a statistic
    beta_after = models.FloatField()  # noqa: TID251 - a statistic
    lower_after = models.FloatField()  # noqa: TID251 - a statistic
    upper_after = models.FloatField()  # noqa: TID251 - a statistic
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["SkillEvent"]] = SkillEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SkillEventKind.values), name="tasks_skill_event_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(share__isnull=True) | models.Q(share__gte=0, share__lte=1),
                name="tasks_skill_event_share",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="reversal", undoes__isnull=False)
                | (~models.Q(kind="reversal") & models.Q(undoes__isnull=True)),
                name="tasks_skill_event_undoes",
            ),
        ]
        indexes = [models.Index(fields=["annotator", "-at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} of {self.annotator_id}"


class CollusionMember(models.Model):
    """An annotator whose answers go together with others' beyond chance.

    Those with the same `component` never answer the same task and never review each other.
    """

    annotator = models.OneToOneField(
        AnnotatorProfile, on_delete=models.PROTECT, primary_key=True, related_name="collusion"
    )
    component = models.UUIDField(db_index=True)
    reason = models.TextField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "annotator kept apart"
        verbose_name_plural = "annotators kept apart"
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="tasks_collusion_why")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} in {self.component}"
