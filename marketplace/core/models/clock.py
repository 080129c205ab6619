"""The offset of the movable clock: one row, read by the SQL function `core_now()`."""

import datetime as dt

from django.db import models


class ClockOffset(models.Model):
    """How far this demo's or test's time runs ahead of the database's clock."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    offset = models.DurationField(default=dt.timedelta)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="core_clock_one_row"),
            models.CheckConstraint(
                condition=models.Q(offset__gte=dt.timedelta(0)), name="core_clock_forward"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"+{self.offset}"
