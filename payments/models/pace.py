"""How fast calls may go out: one bucket of tokens a name, shared by all workers."""

from typing import ClassVar

from django.db import models


class Pace(models.Model):
    """`tokens` were left at the moment `taken_at`, by the real clock of the database."""

    name = models.CharField(max_length=40, primary_key=True)
    tokens = models.FloatField()  # noqa: TID251 - a share of a call, no money
    taken_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Pace"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(tokens__gte=0), name="payments_pace_left")
        ]

    def __str__(self) -> str:
        """For people."""
        return self.name
