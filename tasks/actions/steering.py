"""How a project is matched: what its client may change while annotators are at work."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, Refused, invalid
from tasks.actions import matching_fields, project_fields
from tasks.actions.access import project_for_change
from tasks.matching.starters import MARK
from tasks.models import Project
from tasks.states import ProjectState

RANKS = (-10, 10)
# Open tasks marked anew in one transaction.
CHUNK = 2000


@transaction.atomic
def steer(*, project_id: uuid.UUID, fields: Mapping[str, Any], by: Actor) -> Project:
    """Change weights, caps, the deadline, push or the newcomers' share of a project that is not
    closed. Refuses (422) with a pointer whatever else was promised to annotators: prices, the
    requirements, the interface.
    """
    row = project_for_change(project_id, by)
    if row.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "A closed project is not matched any more.")
    promised = sorted(set(fields) & project_fields.known() - matching_fields.WHILE_ACTIVE)
    if promised:
        raise invalid(
            "Some of this stays as it was promised to annotators.",
            [Fault(f"/{name}", "Can be changed in a draft only.") for name in promised],
        )
    project_fields.check(fields, organization_id=row.organization_id)
    columns = matching_fields.columns(fields)
    audit.context("project_steered", by=by)
    for name, value in columns.items():
        setattr(row, name, value)
    if columns:
        row.save(update_fields=list(columns))
    audit.record("project_steered", row, by=by, fields=sorted(columns))
    if row.state != ProjectState.DRAFT and columns:
        outbox.enqueue("tasks.refresh_project", project_id=str(row.pk))
    if "newcomer_percent" in columns:
        outbox.enqueue("tasks.mark_starters", project_id=str(row.pk))
    return row


@transaction.atomic
def mark_starters(*, project_id: uuid.UUID) -> int:
    """Mark the open tasks of a project as its newcomers' share says now, 2,000 at a time: what is
    left is promised again. Returns how many marks changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK, {"project": project_id, "most": CHUNK})
        changed = int(cursor.rowcount)
    if changed == CHUNK:
        outbox.enqueue("tasks.mark_starters", project_id=str(project_id))
    return changed


@transaction.atomic
def set_rank(*, project_id: uuid.UUID, rank: int, reason: str, by: Actor) -> Project:
    """Set a project before others of the platform (up to 10) or behind them (down to -10).

    Staff only: clients would all be first. Refuses a rank out of bounds and an empty reason.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff rank projects.", status=403)
    row = project_for_change(project_id, by)
    least, most = RANKS
    if not least <= rank <= most:
        raise invalid(
            "This rank cannot be kept.", [Fault("/rank", f"Must be from {least} to {most}.")]
        )
    if not reason.strip():
        raise invalid("This rank cannot be kept.", [Fault("/reason", "Say why.")])
    audit.context("project_ranked", by=by)
    was, row.rank = row.rank, rank
    row.save(update_fields=["rank"])
    audit.record("project_ranked", row, by=by, reason=reason, was=was, rank=rank)
    return row
