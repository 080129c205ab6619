"""What staff and monitors ask the kernel."""

import datetime as dt

from django.db.models import ExpressionWrapper, F, Max
from django.db.models.fields import DurationField

from marketplace.core.clock import Now
from marketplace.core.models import OutboxMessage, SweepBeat


def dead_jobs() -> int:
    """How many promised jobs have failed eight times and wait for a person."""
    return OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).count()


def quiet_for() -> dt.timedelta | None:
    """How long ago the last sweep ended well, by the database's clock; None if none ever did."""
    age = ExpressionWrapper(Now() - F("last"), output_field=DurationField())
    beats = SweepBeat.objects.values("name").annotate(last=Max("at"))
    return beats.order_by("-last").annotate(age=age).values_list("age", flat=True).first()
