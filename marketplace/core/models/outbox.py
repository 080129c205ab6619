"""Promised jobs, and the last run of each sweep."""

from django.db import models

from marketplace.core.expressions import Now


class OutboxMessage(models.Model):
    """A job that was promised in the transaction which made it necessary.

    It is deleted by the job's own transaction: that it remains is the proof that the job is not
    done. `attempts` is committed before the work, so a crash counts. `due_at` is when it may be
    tried (again).
    """

    class State(models.TextChoices):
        """`dead` needs a person: eight attempts failed."""

        PENDING = "pending"
        DEAD = "dead"

    job = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    nudged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    request_id = models.CharField(max_length=64, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "dead"]), name="core_outbox_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="pending"),
                name="core_outbox_due",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.job} {self.args}"


class SweepBeat(models.Model):
    """When a sweep last ended well, by the database's clock; /healthz reads it."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return self.name
