"""Rules: what is looked at, from where on it is too much, what is then done; and what was done."""

from typing import ClassVar

from django.db import models

from accounts.models import AdverseAct, AnnotatorProfile, Domain
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.project import Project
from tasks.states import (
    MILD_ACTIONS,
    WEAK_COLLECTORS,
    RuleAction,
    RuleCollector,
    RuleOperator,
    RuleScope,
    RuleState,
    RuleWhom,
)


class QualityRuleQuerySet(models.QuerySet["QualityRule"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "QualityRuleQuerySet":
        """Staff see all, a key those of its organization's projects; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        return self.none()


class QualityRule(models.Model):
    """Collector, condition and action as data; of one project, or (`project` is null) of all, then
    perhaps of one `domain` and what lies below it.

    It looks at the last `window_days`, and of those at the last `window_answers` (null: all), and
    asks for at least `least` observations. What is a share hits by the end of its interval that
    is nearer to the threshold (`tasks/quality/rules.py`), never by the share itself. `scope` and
    `days` belong to a pause, `percent` and `days` to a review, `whom` to a notice. Every change is
    a new `version`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    domain = models.ForeignKey(
        Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=RuleState, default=RuleState.ENABLED)
    version = models.PositiveIntegerField(default=1)
    collector = models.CharField(max_length=20, choices=RuleCollector)
    window_days = models.PositiveSmallIntegerField()
    window_answers = models.PositiveSmallIntegerField(null=True, blank=True)
    operator = models.CharField(max_length=5, choices=RuleOperator)
    threshold = models.FloatField()  # noqa: TID251 - a statistic
    least = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=16, choices=RuleAction)
    scope = models.CharField(max_length=8, choices=RuleScope, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    whom = models.CharField(max_length=10, choices=RuleWhom, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["QualityRule"]] = QualityRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=RuleState.values,
                    collector__in=RuleCollector.values,
                    operator__in=RuleOperator.values,
                    action__in=RuleAction.values,
                ),
                name="tasks_rule_words",
            ),
            models.CheckConstraint(
                condition=~models.Q(collector__in=WEAK_COLLECTORS)
                | models.Q(action__in=MILD_ACTIONS),
                name="tasks_rule_weak_evidence_is_mild",
            ),
            # The upper bound keeps out NaN, which PostgreSQL holds above every number.
            models.CheckConstraint(
                condition=models.Q(
                    threshold__gte=0,
                    threshold__lte=100_000,
                    window_days__gte=1,
                    window_days__lte=365,
                    least__gte=1,
                    version__gte=1,
                )
                & (models.Q(window_answers__isnull=True) | models.Q(window_answers__gte=1)),
                name="tasks_rule_numbers",
            ),
            # A project's rule reaches no further than the project.
            models.CheckConstraint(
                condition=models.Q(action="pause", scope="project", project__isnull=False)
                | models.Q(
                    action="pause", scope="domain", project__isnull=True, domain__isnull=False
                )
                | models.Q(action="pause", scope="all", project__isnull=True)
                | (~models.Q(action="pause") & models.Q(scope="")),
                name="tasks_rule_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    action__in=["pause", "require_review"],
                    days__isnull=False,
                    days__gte=1,
                    days__lte=90,
                )
                | (~models.Q(action__in=["pause", "require_review"]) & models.Q(days__isnull=True)),
                name="tasks_rule_days",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    action="require_review", percent__isnull=False, percent__gte=1, percent__lte=100
                )
                | (~models.Q(action="require_review") & models.Q(percent__isnull=True)),
                name="tasks_rule_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(action="notify", whom__in=RuleWhom.values)
                | (~models.Q(action="notify") & models.Q(whom="")),
                name="tasks_rule_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(project__isnull=True) | models.Q(domain__isnull=True),
                name="tasks_rule_of_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project"], condition=models.Q(state="enabled"), name="tasks_rule_enabled"
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return self.title


class RuleHit(models.Model):
    """That a rule hit an annotator on a `day` (UTC), once: on what figures, and what was done.

    `value` of `seen` observations, `low` and `high` its interval where it is a share. `evidence`
    names rows (`kind:id`), the newest first, for staff. `words` is what the annotator is told.
    `act` is the act against them, if it was one. What counted here never counts for the rule again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(QualityRule, on_delete=models.PROTECT, related_name="hits")
    version = models.PositiveIntegerField()
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="rule_hits"
    )
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    day = models.DateField()
    value = models.FloatField()  # noqa: TID251 - a statistic
    seen = models.PositiveIntegerField()
    low = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    high = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    evidence = models.JSONField(default=list)
    words = models.TextField()
    done = models.JSONField(default=dict)
    act = models.ForeignKey(
        AdverseAct, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "hit of a rule"
        verbose_name_plural = "hits of rules"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "annotator", "day"], name="tasks_rule_hit_once_a_day"
            ),
            models.CheckConstraint(condition=~models.Q(words=""), name="tasks_rule_hit_words"),
        ]
        indexes = [models.Index(fields=["annotator", "-at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.rule_id} on {self.annotator_id}"


class ReviewBoost(models.Model):
    """Until `until`, at least `percent` of an annotator's answers are reviewed: in a project, in a
    domain and below it, or (both null) everywhere.
    """

    hit = models.OneToOneField(
        RuleHit, on_delete=models.PROTECT, primary_key=True, related_name="boost"
    )
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    domain = models.ForeignKey(
        Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    percent = models.PositiveSmallIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=1, percent__lte=100), name="tasks_boost_percent"
            )
        ]
        indexes = [models.Index(fields=["annotator", "until"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.percent} % of {self.annotator_id}"
