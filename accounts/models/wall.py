"""Who may not work for whom: walls between competing clients, a client's own lists, pauses."""

from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.domain import Domain
from accounts.models.organization import Organization
from accounts.states import ListKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class Wall(models.Model):
    """Two clients compete: who has claimed work of one in the last `months` gets none of the other.

    The two stand in the order of their ids, so that a pair has one row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="walls_first")
    second = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="walls_second")
    months = models.PositiveSmallIntegerField(default=12)
    reason = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=models.Q(lifted_at__isnull=True),
                name="accounts_wall_once",
            ),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="accounts_wall_order"
            ),
            models.CheckConstraint(
                condition=models.Q(months__gte=1, months__lte=120) & ~models.Q(reason=""),
                name="accounts_wall_months",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.first_id} | {self.second_id}"


class ListEntry(models.Model):
    """An annotator on a client's own list: `deny` shuts them out of its work, `allow` lets them
    into its projects that are by invitation only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="list_entries"
    )
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="list_entries"
    )
    kind = models.CharField(max_length=5, choices=ListKind)
    reason = models.TextField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "annotator"], name="accounts_list_entry_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ListKind.values) & ~models.Q(reason=""),
                name="accounts_list_entry_kind",
            ),
        ]
        verbose_name_plural = "list entries"

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} {self.annotator_id}"


class Pause(models.Model):
    """An annotator gets no new work for a while: in a domain (with what lies below it), of a
    client, of a project, or, where none of the three is named, anywhere.

    `project_id` names a row of an upper room, so there is no foreign key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="pauses")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True)
    project_id = models.UUIDField(null=True, blank=True)
    reason = models.TextField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(domain__isnull=True, organization__isnull=True)
                    | models.Q(domain__isnull=True, project_id__isnull=True)
                    | models.Q(organization__isnull=True, project_id__isnull=True)
                ),
                name="accounts_pause_one_scope",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="accounts_pause_why"),
        ]
        indexes = [
            models.Index(
                fields=["annotator"],
                condition=models.Q(lifted_at__isnull=True),
                name="accounts_pause_live",
            ),
            models.Index(
                fields=["until"],
                condition=models.Q(lifted_at__isnull=True, until__isnull=False),
                name="accounts_pause_until",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} paused"
