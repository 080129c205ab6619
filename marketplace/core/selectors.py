"""What staff and monitors ask the kernel."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ExpressionWrapper, F
from django.db.models.fields import DurationField

from marketplace.core.clock import Now
from marketplace.core.models import AuditEntry, OutboxMessage, SweepBeat

MOMENT = dt.timedelta(seconds=5)


def dead_jobs() -> int:
    """How many promised jobs have failed eight times and wait for a person."""
    return OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).count()


def acts_on(
    subjects: Collection[str],
    *,
    most: int,
    verbs: Collection[str] = (),
    near: dt.datetime | None = None,
) -> list[AuditEntry]:
    """What the audit trail says of these subjects (`kind:id`), oldest first; of some verbs, or
    within five seconds of a moment, only.
    """
    rows = AuditEntry.objects.filter(subject__in=subjects).order_by("id")
    if verbs:
        rows = rows.filter(verb__in=verbs)
    if near is not None:
        rows = rows.filter(at__gte=near - MOMENT, at__lte=near + MOMENT)
    return list(rows[:most])


def quiet_for() -> dt.timedelta | None:
    """How long ago the outbox was last swept, by the database's clock; None if it never was.

    It is swept every second through the broker, a worker and the beat: all of them are alive.
    """
    age = ExpressionWrapper(Now() - F("at"), output_field=DurationField())
    beat = SweepBeat.objects.filter(name="core.sweep_outbox")
    return beat.annotate(age=age).values_list("age", flat=True).first()


def rows_behind(subjects: Collection[str], labels: Collection[str]) -> dict[str, models.Model]:
    """The rows that subjects of the audit trail name (`kind:id`), out of the tables of these apps;
    one query for each kind. What is not found is left out.
    """
    known = {
        str(table._meta.model_name): table
        for label in labels
        for table in apps.get_app_config(label).get_models()
    }
    wanted: dict[str, set[Any]] = {}
    for subject in subjects:
        kind, _colon, pk = subject.partition(":")
        if kind in known and (value := _pk(known[kind], pk)) is not None:
            wanted.setdefault(kind, set()).add(value)
    return {
        f"{kind}:{row.pk}": row
        for kind, ids in wanted.items()
        for row in known[kind]._default_manager.filter(pk__in=ids)
    }


def _pk(table: type[models.Model], text: str) -> Any:
    try:
        return table._meta.pk.to_python(text)
    except ValidationError:
        return None
