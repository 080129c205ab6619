"""Walls: who has worked for one of two competing clients lately gets no work of the other."""

import uuid

from django.db import transaction

from accounts.actions import guards
from accounts.models import Organization, Wall
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid

LONGEST = 120


def put_up(
    *, organization_ids: tuple[uuid.UUID, uuid.UUID], months: int, reason: str, by: Actor
) -> Wall:
    """A wall between two clients, in whatever order they are named, for `months` (1 to LONGEST).

    Refuses a client against itself and a second wall while one stands. Annotators are told nothing:
    any sentence would tell that the two compete.
    """
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    if not 1 <= months <= LONGEST:
        raise invalid("How many months?", [Fault("/months", f"1 to {LONGEST}.")])
    first, second = sorted(organization_ids)
    if first == second:
        raise invalid("Two clients are needed.", [Fault("/second", "This is the same client.")])
    with transaction.atomic():
        _lock_both(first, second)
        if Wall.objects.filter(first=first, second=second, lifted_at__isnull=True).exists():
            raise Refused("wall_stands", "A wall stands between these two: lift it first.")
        row = Wall(first_id=first, second_id=second, months=months, reason=reason)
        row.save(force_insert=True)
        audit.record("put_up_wall", row, by=by, reason=reason, months=months)
        guards.organizations_changed([first, second])
    return row


def lift(*, wall_id: uuid.UUID, reason: str, by: Actor) -> Wall:
    """Take a wall away. Refuses one that is lifted."""
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    with transaction.atomic():
        row = Wall.objects.select_for_update(no_key=True).filter(pk=wall_id).first()
        if row is None:
            raise NotFound("wall")
        if row.lifted_at is not None:
            raise Refused("already_lifted", "This wall is lifted already.")
        row.lifted_at = clock.now()
        row.save(update_fields=["lifted_at"])
        audit.record("lift_wall", row, by=by, reason=reason)
        guards.organizations_changed([row.first_id, row.second_id])
    return row


def _lock_both(first: uuid.UUID, second: uuid.UUID) -> None:
    """The two clients under their locks, in the order of their ids: one wall is made at a time."""
    rows = Organization.objects.select_for_update(no_key=True).filter(pk__in=[first, second])
    if {row.pk for row in rows.order_by("pk")} != {first, second}:
        raise NotFound("organization")
