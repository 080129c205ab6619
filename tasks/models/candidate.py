"""Who may work on which project.

The pair rules, kept as rows so that a claim need not evaluate them for every project; and what is
known of a project's candidates as a whole.
"""

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from tasks.models.project import Project


class Candidate(models.Model):
    """An annotator who meets every pair rule of a project.

    `score` ranks projects for this annotator and annotators for the project, high first; the parts
    (each 0 to 1, before the project's weights) are its reasons: docs/matching.md. `newcomer`: fewer
    than 30 gold answers in the domain. `refreshed_at` is the moment before the facts were read.
    """

    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="candidacies"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="candidates")
    score = models.FloatField(default=0)  # noqa: TID251 - a statistic
    quality = models.FloatField(default=0)  # noqa: TID251 - a statistic
    fit = models.FloatField(default=0)  # noqa: TID251 - a statistic
    cost = models.FloatField(default=0)  # noqa: TID251 - a statistic
    fairness = models.FloatField(default=0)  # noqa: TID251 - a statistic
    exploration = models.FloatField(default=0)  # noqa: TID251 - a statistic
    newcomer = models.BooleanField(default=True)
    refreshed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotator", "project"], name="tasks_candidate_once"),
            models.CheckConstraint(
                condition=models.Q(
                    quality__gte=0,
                    quality__lte=1,
                    fit__gte=0,
                    fit__lte=1,
                    cost__gte=0,
                    cost__lte=1,
                    fairness__gte=0,
                    fairness__lte=1,
                    exploration__gte=0,
                    exploration__lte=1,
                ),
                name="tasks_candidate_parts",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} for {self.project_id}"


class Matching(models.Model):
    """What the last refresh found of a project's candidates, and what slows the project down.

    `active` counts candidates who claimed something, of any project, in the last 14 days or are new
    since then; `newcomers` those with few gold answers who were here in the last 24 hours.
    Starter tasks wait for one of them until `starters_until`.
    `share_cap` is the most tasks of the project that one annotator may claim (none: no cap yet),
    `share_mean` the mean of those claimed so far. `last_claim_at` is right to a minute. While
    `slowed_at` is set nothing is handed out, for the reason given.
    """

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, primary_key=True, related_name="matching"
    )
    eligible = models.PositiveIntegerField(default=0)
    active = models.PositiveIntegerField(default=0)
    newcomers = models.PositiveIntegerField(default=0)
    slots = models.PositiveIntegerField(default=0)
    share_cap = models.PositiveIntegerField(null=True, blank=True)
    share_mean = models.FloatField(default=0)  # noqa: TID251 - a statistic
    starters_until = models.DateTimeField(null=True, blank=True)
    last_claim_at = models.DateTimeField(null=True, blank=True)
    slowed_at = models.DateTimeField(null=True, blank=True)
    slowed_why = models.CharField(max_length=200, blank=True)
    refreshed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slowed_at__isnull=True) | ~models.Q(slowed_why=""),
                name="tasks_matching_slowed_why",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.eligible} for {self.project_id}"


class Fit(models.Model):
    """How near an annotator's texts come to a project's: 0 (not at all) to 1 (nearest of all)."""

    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="fits")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="fits")
    value = models.FloatField()  # noqa: TID251 - a statistic
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotator", "project"], name="tasks_fit_once"),
            models.CheckConstraint(
                condition=models.Q(value__gte=0, value__lte=1), name="tasks_fit_value"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} for {self.project_id}: {self.value:.2f}"
