"""Who did what, when and why. Append-only: PostgreSQL refuses to change or delete an entry
(migration 0005).
"""

from django.db import models

from marketplace.core.expressions import Now


class AuditEntry(models.Model):
    """One act, committed together with the rows it changed.

    `actor` is an actor key (`staff:<id>`), `subject` is `kind:id` of the row acted upon.
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=120)
    organization = models.UUIDField(null=True, blank=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["actor", "id"]),
        ]

    def __str__(self) -> str:
        """For people."""
        return self.verb.replace("_", " ")
