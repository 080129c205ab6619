"""Time is one SQL expression: the database's clock, plus an offset that only demos and tests can
move.

`core_now()` (migration 0001) is `clock_timestamp()`, so it is right after a lock wait too. A
connection that is not opened with `marketplace.clock_movable=on` (setting CLOCK_MOVABLE) never sees
the offset.
"""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, DurationField, F, Value
from django.db.models.expressions import Combinable, CombinedExpression

from marketplace.core.errors import Refused
from marketplace.core.expressions import Now
from marketplace.core.models import ClockOffset


def after(delta: dt.timedelta) -> CombinedExpression:
    """`delta` from now, inside a query."""
    return CombinedExpression(
        Now(),
        Combinable.ADD,
        Value(delta, output_field=DurationField()),
        output_field=DateTimeField(),
    )


def now() -> dt.datetime:
    """The marketplace's present moment, one round trip; prefer `Now()` inside the statement that
    needs it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_now()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def advance(delta: dt.timedelta) -> dt.datetime:
    """Move the clock forward for every process of this demo or test; returns the new present.

    Refuses `clock_fixed` where CLOCK_MOVABLE is off, and to go back.
    """
    if not settings.CLOCK_MOVABLE:
        raise Refused("clock_fixed", "This installation's clock cannot be moved.", status=403)
    if delta < dt.timedelta(0):
        raise Refused("clock_backwards", "The clock only moves forward.", status=422)
    ClockOffset.objects.get_or_create(id=1)
    ClockOffset.objects.filter(id=1).update(offset=F("offset") + delta)
    return now()


__all__ = ["Now", "advance", "after", "now"]
