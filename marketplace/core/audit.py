"""The audit trail: `record()` in the transaction that changes the rows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
# Rows of the ORM cost five times as much as the statement. Public, since a caller for whom each
# round trip counts makes it the end of its own statement, with `values()`.
INSERT = """
INSERT INTO core_auditentry (actor, organization, verb, subject, reason, data, request_id)
SELECT %(actor)s, %(organization)s::uuid, %(verb)s, subject, reason, data, %(request)s
  FROM unnest(%(subjects)s::text[], %(reasons)s::text[], %(data)s::jsonb[]) WITH ORDINALITY
    AS act (subject, reason, data, place)
 ORDER BY place
"""


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
        subject=_subject(on),
        reason=reason,
        data=data,
        request_id=request_id(),
    )


@dataclass(frozen=True, slots=True)
class Act:
    """One of several acts of the same kind, as `record` takes them one by one."""

    on: models.Model | str
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_many(verb: str, acts: Iterable[Act], *, by: Actor) -> None:
    """Write that `by` did `verb` on many rows, in one statement; as `record` otherwise."""
    acts = list(acts)
    if acts:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, values(verb, acts, by=by))


def values(verb: str, acts: Sequence[Act], *, by: Actor) -> dict[str, Any]:
    """The parameters of `INSERT` by name; refuses to run outside a transaction as `record` does."""
    if not connection.in_atomic_block:
        raise RuntimeError("An audit entry is written in the transaction of its act.")
    return {
        "actor": by.key,
        "organization": by.organization,
        "verb": verb,
        "request": request_id(),
        "subjects": [_subject(act.on) for act in acts],
        "reasons": [act.reason for act in acts],
        "data": [json.dumps(act.data) for act in acts],
    }


def _subject(on: models.Model | str) -> str:
    return on if isinstance(on, str) else subject_of(on)


def context(verb: str, *, by: Actor) -> None:
    """Tell the history triggers who changes rows in this transaction; call it before the first such
    change.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXT, [json.dumps({"actor": by.key, "verb": verb})])
