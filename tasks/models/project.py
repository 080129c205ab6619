"""A project: what a client wants done, by whom, at what price."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Domain, Nda, Organization, Qualification, Team
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.states import ProjectState, ReviewPlan


class ProjectQuerySet(models.QuerySet["Project"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ProjectQuerySet":
        """Staff see all, a key its organization's, a member theirs.

        What an annotator may work on is a selector's.
        """
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


@pghistory.track(exclude=["interface"])
class Project(models.Model):
    """Price, fee and overlap of a project, its interface and its requirements.

    `price_minor` is what an annotator gets for an accepted submission, `review_price_minor` what a
    reviewer gets for a review whatever the verdict; the client pays `fee_bps` basis points on top
    of each. `pay` holds the further pay rules (payments/pay/terms.py); empty: the price and nothing
    else. Requirements: `domain` (declared by the annotator, or a node below it),
    `credential_required` (a verified, unexpired credential in that domain), all of `languages`, one
    of `countries` (empty: any), all `qualifications`, at least `min_tier`, a signature under `nda`,
    membership of `team`; `invited_only` asks for a place on the client's allow list.

    `tools_allowed` tells annotators and reviewers which tools the answers may be made with.

    The six weights make the score (docs/matching.md). `value_minor` is what a right answer is worth
    to the client (none: three times the price). Caps that are null are the platform's.
    `newcomer_percent` of its tasks go to newcomers first. `rank` sets projects of the platform
    before others, `deadline` raises the urgency as it comes nearer.

    The quality plan: every task gets `overlap` answers, and up to `max_overlap` (none: no more)
    while the result is less sure than `target_confidence` (none: the majority is enough).
    `review_plan` says who is reviewed: of everybody `review_percent`, or as their record says,
    never less than `audit_percent`. `review_rubric` is what reviewers score. Gold: everything until
    `gold_first` right answers, then `gold_percent`, then `gold_rare_percent` of the claims;
    `training_most` training tasks come before all else. `second_percent` of the reviews are done
    twice, `rejection_audit_percent` of the rejections looked at again. `adjudication_price_minor`
    is what an adjudicator gets (none: twice the review's price). An answer without a verdict is
    accepted by itself after `review_hours`. The value of the payload's
    `subcategory_field` (none: no parts) says to which part of the work a task belongs.

    `cancel_reason`: it was closed under running claims, whose annotators read it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="projects"
    )
    name = models.CharField(max_length=120)
    brief = models.TextField(max_length=4000)
    tools_allowed = models.CharField(max_length=300, blank=True, default="", db_default="")
    state = models.CharField(max_length=10, choices=ProjectState, default=ProjectState.DRAFT)
    interface = models.JSONField()
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    review_price_minor = models.BigIntegerField()
    fee_bps = models.PositiveIntegerField()
    pay = models.JSONField(default=dict, db_default={}, blank=True)
    overlap = models.PositiveSmallIntegerField()
    review_percent = models.PositiveSmallIntegerField(default=100)
    max_overlap = models.PositiveSmallIntegerField(null=True, blank=True)
    target_confidence = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    review_plan = models.CharField(
        max_length=10, choices=ReviewPlan, default=ReviewPlan.SHARE, db_default="share"
    )
    audit_percent = models.PositiveSmallIntegerField(default=5, db_default=5)
    second_percent = models.PositiveSmallIntegerField(default=7, db_default=7)
    rejection_audit_percent = models.PositiveSmallIntegerField(default=10, db_default=10)
    review_rubric = models.JSONField(default=list, db_default=[], blank=True)
    adjudication_price_minor = models.BigIntegerField(null=True, blank=True)
    subcategory_field = models.CharField(max_length=60, default="", db_default="", blank=True)
    gold_first = models.PositiveSmallIntegerField(default=5, db_default=5)
    gold_percent = models.PositiveSmallIntegerField(default=5, db_default=5)
    gold_rare_percent = models.PositiveSmallIntegerField(default=1, db_default=1)
    training_most = models.PositiveSmallIntegerField(default=5, db_default=5)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
    credential_required = models.BooleanField(default=True)
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    qualifications = models.ManyToManyField(Qualification, blank=True, related_name="projects")
    min_tier = models.PositiveSmallIntegerField(default=1, db_default=1)
    nda = models.ForeignKey(Nda, on_delete=models.PROTECT, null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    invited_only = models.BooleanField(default=False, db_default=False)
    weight_quality = models.FloatField(default=1, db_default=1.0)  # noqa: TID251 - a statistic
    weight_fit = models.FloatField(default=0.3, db_default=0.3)  # noqa: TID251 - a statistic
    weight_price = models.FloatField(default=0.2, db_default=0.2)  # noqa: TID251 - a statistic
    weight_urgency = models.FloatField(default=0.5, db_default=0.5)  # noqa: TID251 - a statistic
    weight_fairness = models.FloatField(default=0.3, db_default=0.3)  # noqa: TID251 - a statistic
    weight_exploration = models.FloatField(default=0.2, db_default=0.2)  # noqa: TID251 - a statistic
    value_minor = models.BigIntegerField(null=True, blank=True)
    most_open = models.PositiveSmallIntegerField(null=True, blank=True)
    most_each = models.PositiveIntegerField(null=True, blank=True)
    most_daily = models.PositiveIntegerField(null=True, blank=True)
    share_factor = models.FloatField(default=3, db_default=3.0)  # noqa: TID251 - a statistic
    newcomer_percent = models.PositiveSmallIntegerField(default=10, db_default=10)
    setbacks_allowed = models.PositiveSmallIntegerField(default=3, db_default=3)
    most_unreviewed = models.PositiveIntegerField(null=True, blank=True)
    rank = models.SmallIntegerField(default=0, db_default=0)
    deadline = models.DateTimeField(null=True, blank=True)
    push = models.BooleanField(default=False, db_default=False)
    offer_minutes = models.PositiveIntegerField(default=240, db_default=240)
    review_hours = models.PositiveSmallIntegerField(default=72, db_default=72)
    lease_minutes = models.PositiveIntegerField()
    expected_minutes = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    activated_at = models.DateTimeField(null=True, blank=True)
    funds_short_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, default="", db_default="", blank=True)
    funds_low_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Project"]] = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ProjectState.values), name="tasks_project_state"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    price_minor__gt=0,
                    review_price_minor__gte=0,
                    fee_bps__lte=10_000,
                    overlap__gte=1,
                    review_percent__lte=100,
                    lease_minutes__gte=1,
                ),
                name="tasks_project_numbers",
            ),
            # The upper bounds keep out NaN and Infinity, which PostgreSQL holds above every number.
            models.CheckConstraint(
                condition=models.Q(
                    weight_quality__gte=0,
                    weight_quality__lte=100,
                    weight_fit__gte=0,
                    weight_fit__lte=100,
                    weight_price__gte=0,
                    weight_price__lte=100,
                    weight_urgency__gte=0,
                    weight_urgency__lte=100,
                    weight_fairness__gte=0,
                    weight_fairness__lte=100,
                    weight_exploration__gte=0,
                    weight_exploration__lte=100,
                )
                & (
                    models.Q(weight_quality__gt=0)
                    | models.Q(weight_fit__gt=0)
                    | models.Q(weight_price__gt=0)
                    | models.Q(weight_urgency__gt=0)
                    | models.Q(weight_fairness__gt=0)
                    | models.Q(weight_exploration__gt=0)
                ),
                name="tasks_project_weights",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    min_tier__gte=1,
                    min_tier__lte=4,
                    newcomer_percent__lte=100,
                    share_factor__gte=1,
                    share_factor__lte=3,
                    setbacks_allowed__gte=1,
                    rank__gte=-10,
                    rank__lte=10,
                    offer_minutes__gte=1,
                ),
                name="tasks_project_limits",
            ),
            models.CheckConstraint(
                condition=models.Q(value_minor__isnull=True) | models.Q(value_minor__gt=0),
                name="tasks_project_value",
            ),
            models.CheckConstraint(
                condition=models.Q(max_overlap__isnull=True)
                | models.Q(max_overlap__gte=models.F("overlap")),
                name="tasks_project_max_overlap",
            ),
            # The upper bound keeps out NaN, which PostgreSQL holds above every number.
            models.CheckConstraint(
                condition=models.Q(target_confidence__isnull=True)
                | models.Q(target_confidence__gte=0.5, target_confidence__lt=1),
                name="tasks_project_target_confidence",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    review_plan__in=ReviewPlan.values,
                    audit_percent__gte=5,
                    audit_percent__lte=100,
                    second_percent__lte=100,
                    rejection_audit_percent__lte=100,
                    gold_first__lte=50,
                    gold_percent__lte=50,
                    gold_rare_percent__lte=50,
                    training_most__lte=50,
                ),
                name="tasks_project_quality_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(adjudication_price_minor__isnull=True)
                | models.Q(adjudication_price_minor__gte=0),
                name="tasks_project_adjudication_price",
            ),
            models.CheckConstraint(
                condition=models.Q(review_hours__gte=1, review_hours__lte=336),
                name="tasks_project_review_hours",
            ),
            models.CheckConstraint(
                condition=models.Q(cancel_reason="") | models.Q(state="closed"),
                name="tasks_project_cancelled",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "closed"])
                | models.Q(activated_at__isnull=False),
                name="tasks_project_activated",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.name

    @property
    def pot(self) -> str:
        """The key of its money in `payments`."""
        return f"project:{self.pk}"

    @property
    def decision_minor(self) -> int:
        """What an adjudication is paid: its own price, else as much as two reviews."""
        own = self.adjudication_price_minor
        return 2 * self.review_price_minor if own is None else own


class Guideline(models.Model):
    """One version of a project's instructions; a new text is a new version."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    version = models.PositiveIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="tasks_guideline_version")
        ]
        ordering = ["version"]

    def __str__(self) -> str:
        """For people."""
        return f"version {self.version}"
