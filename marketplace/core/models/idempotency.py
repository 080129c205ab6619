"""Idempotency-Key: the same key from the same actor gets the same answer for 30 days."""

from django.db import models

from marketplace.core.expressions import Now


class IdempotencyKey(models.Model):
    """The stored reply to one unsafe API request; committed with the request's own writes."""

    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="core_idempotency_once")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.scope} {self.key}"
