"""What is known of an expert's accuracy in a domain, and who is known to answer together."""

from django.db import models

from accounts.models import AnnotatorProfile, Domain
from marketplace.core.expressions import Now


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
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="tasks_collusion_why")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} in {self.component}"
