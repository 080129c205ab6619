"""Who may work on which project.

The pair rules, kept as rows so that a claim need not evaluate them.
"""

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from tasks.models.project import Project


class Candidate(models.Model):
    """An annotator who meets every pair rule of a project.

    `score` ranks projects for this annotator, high first; `refreshed_at` is the moment before the
    facts were read.
    """

    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="candidacies"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="candidates")
    score = models.IntegerField(default=0)
    refreshed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotator", "project"], name="tasks_candidate_once")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} for {self.project_id}"
