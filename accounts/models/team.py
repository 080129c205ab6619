"""A team: experts who are asked for by name, for one client or for any."""

from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.organization import Organization
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class Team(models.Model):
    """A project that names a team is for its members only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="teams"
    )
    members: "models.ManyToManyField[AnnotatorProfile, TeamMember]" = models.ManyToManyField(
        AnnotatorProfile, through="accounts.TeamMember", related_name="teams"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="accounts_team_name", nulls_distinct=False
            )
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        """For people."""
        return self.name


class TeamMember(models.Model):
    """That an annotator belongs to a team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT)
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "annotator"], name="accounts_team_member_once")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} in {self.team_id}"
