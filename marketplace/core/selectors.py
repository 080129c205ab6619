"""What staff and monitors ask the kernel."""

import datetime as dt

from django.db.models import ExpressionWrapper, F
from django.db.models.fields import DurationField

from marketplace.core.clock import Now
from marketplace.core.models import OutboxMessage, SweepBeat


def dead_jobs() -> int:
    """How many promised jobs have failed eight times and wait for a person."""
    return OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).count()


def quiet_for() -> dt.timedelta | None:
    """How long ago the outbox was last swept, by the database's clock; None if it never was.

    It is swept every second through the broker, a worker and the beat: all of them are alive.
    """
    age = ExpressionWrapper(Now() - F("at"), output_field=DurationField())
    beat = SweepBeat.objects.filter(name="core.sweep_outbox")
    return beat.annotate(age=age).values_list("age", flat=True).first()
