"""A roster that staff import: a CSV of experts, previewed before it is applied."""

from django.conf import settings
from django.db import models

from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class RosterImport(models.Model):
    """The rows as read, what each would do, and when they were applied."""

    class State(models.TextChoices):
        """A preview changes nothing until it is applied."""

        PREVIEW = "preview"
        APPLIED = "applied"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEW)
    file_name = models.CharField(max_length=200)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "list of experts"
        verbose_name_plural = "lists of experts"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["preview", "applied", "discarded"]),
                name="accounts_roster_state",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return self.file_name
