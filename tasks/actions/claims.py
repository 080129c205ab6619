"""Claims: one function makes them for every door, in one round trip (`tasks.matching.claim`)."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from accounts.models import AnnotatorProfile
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from tasks.actions import expiry, funding, refusals
from tasks.models import Assignment
from tasks.selectors.eligibility import limits
from tasks.states import AssignmentState

_KEYS = uuid.UUID("6d8b2f9e-4f63-5d0e-9a51-0c7f2b1a7d4e")
_COLUMNS = [field.attname for field in Assignment._meta.concrete_fields]
_CLAIM = f"""
SELECT made.outcome, made.detail, {", ".join(f"(made.assignment).{name}" for name in _COLUMNS)}
  FROM tasks_claim(%(id)s, %(reservation)s, %(annotator)s, %(user)s, %(project)s, %(task)s, %(by)s,
                   %(organization)s, %(request)s, %(most_open)s, %(most_daily)s, %(most_minutes)s)
       AS made"""  # noqa: S608 - column names of the model


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the next task of any project, of one, or one task again."""

    annotator_id: uuid.UUID | None
    project_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None


def claim(
    *,
    by: Actor,
    annotator_id: uuid.UUID | None = None,
    project_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    claim_id: uuid.UUID | None = None,
) -> Assignment:
    """The annotator takes the next task, of any project, of one, or one named task, with its price
    reserved.

    A person claims for themselves; `annotator_id` may be left out then. `claim_id` is the claim's
    own id, chosen by whoever asks: asking again with it gives the same claim. A named task
    (`task_id`) needs its `project_id`.

    Refuses `cap_reached`, `day_cap_reached`, `hours_reached`; `not_found` for another's profile or
    another's `claim_id`; `funds_short` when there are tasks but no money for them (their clients
    are told); `nothing_to_claim`, with reasons and when to ask again, only when no open task is
    left that this annotator may do; for one project the rule that stops them
    (`language_missing`, ...); `busy` when locks do not come in time. Staff hand tasks to others,
    never to themselves (`own_profile`, 403).
    """
    if by.kind is ActorKind.STAFF and _is_own(annotator_id, by):
        raise Refused("own_profile", "Nobody hands tasks to themselves.", status=403)
    return _claim(Wanted(annotator_id, project_id, task_id), by, claim_id)


def _is_own(annotator_id: uuid.UUID | None, by: Actor) -> bool:
    mine = AnnotatorProfile.objects.filter(user_id=by.id).values_list("pk", flat=True)
    return annotator_id is not None and annotator_id in mine


def named(*, by: Actor, key: str | None) -> uuid.UUID | None:
    """The id of the claim that an actor asks for under a key of their own (an Idempotency-Key, a
    page's hidden field): the same key, the same claim. None without a key.
    """
    return uuid.uuid5(_KEYS, f"{by.key}\n{key}") if key else None


def reclaim(*, assignment_id: uuid.UUID, by: Actor) -> Assignment:
    """Take the same task again after its time ran out, while its slot is free: a new claim.

    It reserves anew, carries a higher fencing token, and brings back what was written (a late
    answer before a draft). Refuses as a claim does, and `wrong_state` unless the time ran out or
    the task was given back.
    """
    if by.kind is not ActorKind.USER:
        raise NotFound("assignment")
    mine = Assignment.objects.filter(pk=assignment_id, annotator__user_id=by.id)
    if not mine.exists():
        raise NotFound("assignment")
    expiry.expire(assignment_id=assignment_id, by=by)  # its time may be over since a moment ago
    old = mine.get()
    if old.state not in (AssignmentState.EXPIRED, AssignmentState.RELEASED):
        raise Refused("wrong_state", "This task is still yours, or has been handed in.")
    return _claim(Wanted(old.annotator_id, old.project_id, old.task_id), by, None)


def _claim(wanted: Wanted, by: Actor, claim_id: uuid.UUID | None) -> Assignment:
    user_id = by.id if by.kind is ActorKind.USER else None
    if user_id is None and wanted.annotator_id is None:
        raise NotFound("annotator")
    outcome, detail, columns = _call(wanted, user_id, by, claim_id or new_id())
    # After the claim, which may have got nothing: clients whose money was short are told anyway.
    for project_id in detail.get("short", ()):
        funding.mark_short(project_id=uuid.UUID(project_id), by=by)
    if outcome in ("claimed", "again"):
        row = _row(columns)
        if detail.get("marked"):  # there was money after all: from a claim that ended, or a deposit
            funding.resume_pot(pot=f"project:{row.project_id}", by=by)
        if outcome == "again" and wanted.project_id not in (None, row.project_id):
            raise Refused(
                "idempotency_mismatch", "This claim was made for another project.", status=422
            )
        return row
    raise refusals.of(
        outcome,
        detail,
        annotator_id=wanted.annotator_id or refusals.annotator_of(user_id),
        project_id=wanted.project_id,
        task_id=wanted.task_id,
    )


def _call(
    wanted: Wanted, user_id: str | None, by: Actor, claim_id: uuid.UUID
) -> tuple[str, dict[str, Any], tuple[Any, ...]]:
    """One statement, a transaction of its own where the caller has none."""
    values = {
        "id": claim_id,
        "reservation": new_id(),
        "annotator": wanted.annotator_id,
        "user": user_id,
        "project": wanted.project_id,
        "task": wanted.task_id,
        "by": by.key,
        "organization": by.organization,
        "request": audit.request_id(),
        **limits(),
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            outcome, detail, *columns = cursor.fetchone()
    except OperationalError as error:
        # A lock that did not come within its time limit is the queue being busy, not a fault.
        if isinstance(error.__cause__, LockNotAvailable):
            raise refusals.busy() from error
        raise
    return outcome, json.loads(detail), tuple(columns)


def _row(columns: tuple[Any, ...]) -> Assignment:
    row = Assignment.from_db(connection.alias, _COLUMNS, columns)
    row.draft = json.loads(row.draft) if isinstance(row.draft, str) else row.draft
    row.quote = json.loads(row.quote)
    return row
