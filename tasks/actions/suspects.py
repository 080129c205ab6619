"""Annotators whose answers go together: found by night, decided by a person.

What is found is kept for staff to look at, and that is all: nobody is told, and no work, pay,
skill or review changes. Reckoning takes seconds and holds no transaction.
"""

import uuid
from typing import Any

from django.db import transaction

from accounts.actions import guards
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import collusion
from tasks.models import CollusionMember, Project, SuspectPair
from tasks.selectors import copying, suspects
from tasks.selectors.copying import Columns, Key, Reckoned
from tasks.suspicion import SUSPICION_MOVES, SuspicionState

# A dismissed pair comes back when its evidence has grown by half.
GROWN = 1.5


@transaction.atomic
def watch() -> int:
    """Promise a look at each project that is due; how many there are."""
    promises = [{"project_id": str(pk)} for pk in suspects.due_projects()]
    outbox.enqueue_many("tasks.find_copying", promises)
    return len(promises)


def find(*, project_id: uuid.UUID, by: Actor) -> int:
    """Keep the pairs of a project that reach the limit; how many wait that did not before.

    Pairs that wait get the latest figures; one that more answers have cleared goes. Decided ones
    stay as they are, but a dismissed one waits again when its evidence has grown by half. Those
    who are in one component already are left out.
    """
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        return 0
    reckoned = copying.reckon(project)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project_id)
        return _write(project, reckoned, by)


@transaction.atomic
def confirm(*, pair_id: uuid.UUID, reason: str, by: Actor) -> uuid.UUID:
    """They answer and review the same task no more: into one component, with those they are in one
    with already; returns its id. Nothing else happens to them.

    Refuses `not_found`, `invalid` without a reason, `wrong_state` for a decided pair, and whoever
    is not staff in person or is one of the two.
    """
    row, reason = _taken(pair_id, reason, by)
    component = collusion.join(annotator_ids=(row.one_id, row.other_id), reason=reason, by=by)
    _decide(row, SuspicionState.CONFIRMED, reason, by)
    return component


@transaction.atomic
def dismiss(*, pair_id: uuid.UUID, reason: str, by: Actor) -> None:
    """There is another reason why their answers are alike. Refuses as `confirm`."""
    row, reason = _taken(pair_id, reason, by)
    for pk in (row.one_id, row.other_id):
        guards.annotator_for(pk, by)
    _decide(row, SuspicionState.DISMISSED, reason, by)


def _taken(pair_id: uuid.UUID, reason: str, by: Actor) -> tuple[SuspectPair, str]:
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_allowed", "A suspicion is decided by staff, in person.", status=403)
    row = SuspectPair.objects.select_for_update(no_key=True).filter(pk=pair_id).first()
    if row is None:
        raise NotFound("pair")
    if row.state != SuspicionState.WAITING:
        raise Refused("wrong_state", "This pair has been decided.")
    return row, guards.reason_of(reason)


def _decide(row: SuspectPair, state: SuspicionState, reason: str, by: Actor) -> None:
    move(row, state, SUSPICION_MOVES, decided_by_id=by.id, decided_at=Now(), reason=reason)
    audit.record(f"suspicion_{state}", row, by=by, reason=reason, evidence=row.evidence)


def _write(project: Project, reckoned: Reckoned, by: Actor) -> int:
    """The caller holds the project's lock, so that two runs find the same rows."""
    rows = SuspectPair.objects.select_for_update(no_key=True).filter(project=project)
    known = {(row.one_id, row.other_id): row for row in rows.order_by("pk")}
    for key, row in known.items():
        if key in reckoned.cleared and row.state == SuspicionState.WAITING:
            audit.record("suspicion_gone", row, by=by, evidence=row.evidence)
            row.delete()
    together = _components(reckoned)
    new = 0
    for key, columns in sorted(reckoned.found.items()):
        if key in known:
            new += _again(known[key], columns, by)
        elif not _one_component(together, key):
            made = SuspectPair.objects.create(
                project=project, one_id=key[0], other_id=key[1], **columns
            )
            audit.record("suspicion_found", made, by=by, evidence=made.evidence)
            new += 1
    return new


def _again(row: SuspectPair, columns: Columns, by: Actor) -> bool:
    """Bring a known pair up to date; whether it waits again."""
    back = row.state == SuspicionState.DISMISSED and columns["evidence"] >= GROWN * row.evidence
    if back:
        audit.record("suspicion_back", row, by=by, was=row.evidence, evidence=columns["evidence"])
        undecided = {"decided_by": None, "decided_at": None, "reason": "", "found_at": Now()}
        changed: dict[str, Any] = {**undecided, **columns}
        move(row, SuspicionState.WAITING, SUSPICION_MOVES, save=True, **changed)
    elif row.state == SuspicionState.WAITING and any(
        getattr(row, name) != value for name, value in columns.items()
    ):
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
    return back


def _components(reckoned: Reckoned) -> dict[uuid.UUID, uuid.UUID]:
    ids = {pk for key in reckoned.found for pk in key}
    rows = CollusionMember.objects.filter(annotator__in=ids)
    return dict(rows.values_list("annotator_id", "component"))


def _one_component(together: dict[uuid.UUID, uuid.UUID], key: Key) -> bool:
    one, other = (together.get(pk) for pk in key)
    return one is not None and one == other
