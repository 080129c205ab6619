"""The audit trail: `record()` in the transaction that changes the rows."""

import json
from typing import Any

import structlog
from django.db import connection, models

from marketplace.core.actors import Actor
from marketplace.core.models import AuditEntry

# pghistory's triggers read these two settings and tie every row event of this transaction to the
# act (its own middleware is not used: it cannot work with server-side bound parameters).
_CONTEXT = (
    "SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true), "
    "set_config('pghistory.context_metadata', %s, true)"
)


def request_id() -> str:
    """The id of the web request or job under way, or nothing."""
    bound = structlog.contextvars.get_contextvars()
    return str(bound.get("request_id") or bound.get("task_id") or "")[:64]


def subject_of(row: models.Model) -> str:
    """`kind:id` of a row, as audit entries name it."""
    return f"{row._meta.model_name}:{row.pk}"


def record(verb: str, on: models.Model | str, *, by: Actor, reason: str = "", **data: Any) -> None:
    """Write that `by` did `verb` on a row (or `kind:id`). `data` holds small facts: states, ids,
    amounts.

    Refuses to run outside a transaction, since the entry must commit with the act.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit entry is written in the transaction of its act.")
    AuditEntry.objects.create(
        actor=by.key,
        organization=by.organization,
        verb=verb,
        subject=on if isinstance(on, str) else subject_of(on),
        reason=reason,
        data=data,
        request_id=request_id(),
    )


def context(verb: str, *, by: Actor) -> None:
    """Tell the history triggers who changes rows in this transaction; call it before the first such
    change.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXT, [json.dumps({"actor": by.key, "verb": verb})])
