"""Collusion: annotators whose answers go together never answer or review the same task.

Those concerned are not told: a warning would teach them to differ. What it does to them is seen by
staff alone.
"""

import uuid
from collections.abc import Iterable

from django.db import transaction

from accounts.actions import guards
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.ids import new_id
from tasks.models import CollusionMember

FEWEST = 2


def set_component(*, annotator_ids: Iterable[uuid.UUID], reason: str, by: Actor) -> uuid.UUID:
    """Put annotators into one new component, out of those they were in; returns its id.

    Refuses fewer than two, and anybody who is no annotator.
    """
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    ids = sorted(set(annotator_ids))
    if len(ids) < FEWEST:
        raise invalid("Nobody colludes alone.", [Fault("/annotators", "Name two at least.")])
    component = new_id()
    with transaction.atomic():
        for pk in ids:
            guards.annotator_for(pk, by)
        since = clock.now()
        CollusionMember.objects.bulk_create(
            [
                CollusionMember(annotator_id=pk, component=component, reason=reason, since=since)
                for pk in ids
            ],
            update_conflicts=True,
            unique_fields=["annotator"],
            update_fields=["component", "reason", "since"],
        )
        for pk in ids:
            subject = f"collusionmember:{pk}"
            audit.record("set_collusion", subject, by=by, reason=reason, component=str(component))
            outbox.enqueue("tasks.refresh_annotator", annotator_id=str(pk))
    return component


@transaction.atomic
def join(*, annotator_ids: Iterable[uuid.UUID], reason: str, by: Actor) -> uuid.UUID:
    """Put annotators into one component together with everybody who is in one with any of them.

    Refuses as `set_component`, and `changed_meanwhile` where their components were just changed.
    """
    guards.staff_only(by)
    wanted = set(annotator_ids)
    everybody = wanted | _mates(wanted)
    for pk in sorted(everybody):
        guards.annotator_for(pk, by)
    if _mates(wanted) - everybody:
        raise Refused("changed_meanwhile", "Their components have just changed. Try again.")
    return set_component(annotator_ids=everybody, reason=reason, by=by)


def _mates(annotator_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    theirs = CollusionMember.objects.filter(annotator__in=annotator_ids).values("component")
    rows = CollusionMember.objects.filter(component__in=theirs)
    return set(rows.values_list("annotator_id", flat=True))


def clear(*, annotator_id: uuid.UUID, reason: str, by: Actor) -> None:
    """Take an annotator out of their component. Refuses who is in none."""
    reason = guards.reason_of(reason)
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        row = CollusionMember.objects.filter(annotator=annotator).first()
        if row is None:
            raise NotFound("member of a component")
        audit.record("clear_collusion", row, by=by, reason=reason, component=str(row.component))
        row.delete()
        outbox.enqueue("tasks.refresh_annotator", annotator_id=str(annotator_id))
