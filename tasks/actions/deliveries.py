"""Deliveries: concluded results are parted into lots, and each lot is put to the test."""

import math
import secrets
import uuid
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import move
from tasks.actions import requests
from tasks.actions.access import project_for_change
from tasks.models import Delivery, Lot, LotItem, Project, ReviewRequest
from tasks.models.delivery import LONGEST_PART, WHOLE
from tasks.quality import acceptance, sprt
from tasks.states import DELIVERY_MOVES, LOT_MOVES, DeliveryState, LotMethod, LotState

LOT_SIZE, AQL, LTPD = 1000, 0.01, 0.05
BIGGEST_LOT = 100_000
# More results than this wait for the next delivery: a request ends within its time.
MOST_RESULTS = 200_000
# One statement parts and orders them: an order by SHA-256 of seed and task that anybody can repeat.
_FILL = """
WITH free AS MATERIALIZED (
    SELECT task.id, task.payload, result.concluded_at
      FROM tasks_task task JOIN tasks_result result ON result.task_id = task.id
     WHERE task.project_id = %(project)s AND task.state = 'concluded'
       AND NOT EXISTS (SELECT 1 FROM tasks_lotitem item WHERE item.task_id = task.id AND item.live)
     ORDER BY result.concluded_at, task.id LIMIT %(most)s
), lotted AS (
    SELECT id, concluded_at,
           coalesce(nullif(left(btrim(payload ->> %(field)s), %(longest)s), ''), %(whole)s) AS part,
           ntile(%(lots)s) OVER (ORDER BY concluded_at, id) AS lot
      FROM free
), placed AS MATERIALIZED (
    SELECT id, part, lot, row_number() OVER (
               PARTITION BY lot ORDER BY sha256(convert_to(%(seed)s || ':' || id, 'UTF8'))
           ) AS position
      FROM lotted
), lots AS (
    INSERT INTO tasks_lot (id, delivery_id, number, state, size, reviewed, defects)
    SELECT gen_random_uuid(), %(delivery)s, lot, 'sampling', count(*), 0, 0
      FROM placed GROUP BY lot
    RETURNING id, number
)
INSERT INTO tasks_lotitem (delivery_id, lot_id, task_id, subcategory, position, live, drawn)
SELECT %(delivery)s, lots.id, placed.id, placed.part, placed.position, true, false
  FROM placed JOIN lots ON lots.number = placed.lot
"""
_FREE = """
SELECT count(*) FROM tasks_task task JOIN tasks_result result ON result.task_id = task.id
 WHERE task.project_id = %s AND task.state = 'concluded'
   AND NOT EXISTS (SELECT 1 FROM tasks_lotitem item WHERE item.task_id = task.id AND item.live)
"""


@transaction.atomic
def make(
    *,
    project_id: uuid.UUID,
    by: Actor,
    lot_size: int = LOT_SIZE,
    aql: float = AQL,
    ltpd: float = LTPD,
    method: str = LotMethod.ACCEPTANCE,
) -> Delivery:
    """A delivery of all results that are in none, the oldest first, and the promise to judge them.

    Lots hold results that were concluded one after the other, about `lot_size` each. Refuses
    (422) a plan that cannot be, `nothing_to_deliver` (409) where no result is free.
    """
    project = project_for_change(project_id, by)
    _check(lot_size, aql, ltpd, method)
    free = min(_free(project), MOST_RESULTS)
    if not free:
        raise Refused("nothing_to_deliver", "Every result is in a delivery already.")
    last = project.deliveries.aggregate(last=Max("number"))["last"] or 0
    row = Delivery.objects.create(
        project=project,
        number=last + 1,
        method=method,
        lot_size=lot_size,
        aql=aql,
        ltpd=ltpd,
        seed=secrets.token_hex(16),
        made_by=by.key,
    )
    row.results = _fill(row, free)
    row.save(update_fields=["results"])
    lots = _plan(row)
    audit.record(
        "delivery_made", row, by=by, results=row.results, lots=len(lots), method=method,
        aql=aql, ltpd=ltpd,
    )  # fmt: skip
    outbox.enqueue_many("tasks.advance_lot", [{"lot_id": str(lot.pk)} for lot in lots])
    row.refresh_from_db()
    return row


def _check(lot_size: object, aql: object, ltpd: object, method: object) -> None:
    faults = []
    if type(lot_size) is not int or not 1 <= lot_size <= BIGGEST_LOT:
        faults.append(Fault("/lot_size", f"Must be a whole number from 1 to {BIGGEST_LOT}."))
    for name, value in (("aql", aql), ("ltpd", ltpd)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0.001 <= value <= 0.5:  # type: ignore[operator]  # noqa: PLR2004
            faults.append(Fault(f"/{name}", "Must be a number from 0.001 to 0.5."))
    if method not in LotMethod.values:
        faults.append(Fault("/method", f"Must be one of: {', '.join(LotMethod.values)}."))
    if not faults and isinstance(aql, int | float) and isinstance(ltpd, int | float):
        faults += _tellable(aql, ltpd, method)
    if faults:
        raise invalid("The delivery cannot be made like this.", faults)


def _tellable(aql: float, ltpd: float, method: object) -> list[Fault]:
    """A good lot and a bad one must differ, and one after another by enough to be told apart."""
    if ltpd <= aql:
        return [Fault("/ltpd", "Must be above aql: a bad lot is worse than a good one.")]
    if method == LotMethod.SPRT and ltpd < 1.5 * aql:
        return [Fault("/ltpd", "For sprt it must be at least half as much again as aql.")]
    return []


def _free(project: Project) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [project.pk])
        (count,) = cursor.fetchone()
    return int(count)


def _fill(row: Delivery, free: int) -> int:
    values: dict[str, Any] = {
        "project": row.project_id,
        "delivery": row.pk,
        "field": row.project.subcategory_field,
        "whole": WHOLE,
        "longest": LONGEST_PART,
        "most": free,
        "lots": math.ceil(free / row.lot_size),
        "seed": row.seed,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        return int(cursor.rowcount)


def _plan(row: Delivery) -> list[Lot]:
    """Each lot's sample and the defects it bears, where the plan is of fixed size."""
    lots = list(row.lots.order_by("number"))
    if row.method == LotMethod.ACCEPTANCE:
        plans = {size: acceptance.plan(size, row.aql, row.ltpd) for size in {x.size for x in lots}}
        for lot in lots:
            lot.sample, lot.allowed = plans[lot.size].sample, plans[lot.size].allowed
        Lot.objects.bulk_update(lots, ["sample", "allowed"], batch_size=500)
    return lots


def sequence(row: Delivery) -> sprt.Sequential:
    """The test of one result after another: a right one is a right answer, a defect a wrong one."""
    return sprt.design(1 - row.aql, 1 - row.ltpd, acceptance.PRODUCER, acceptance.CONSUMER)


@transaction.atomic
def cancel(*, delivery_id: uuid.UUID, by: Actor) -> Delivery:
    """Give its results free for another delivery; reviews under way end as they may.

    Refuses `wrong_state` once it is ready.
    """
    found = Delivery.objects.visible_to(by).filter(pk=delivery_id).first()
    if found is None:
        raise NotFound("delivery")
    project_for_change(found.project_id, by)
    lots = list(found.lots.select_for_update(no_key=True).order_by("number"))
    row = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
    move(row, DeliveryState.CANCELLED, DELIVERY_MOVES)
    for lot in lots:
        if lot.state in LOT_MOVES:
            move(lot, LotState.CANCELLED, LOT_MOVES)
    wanted = ReviewRequest.objects.filter(lot_item__delivery=row, state="waiting")
    for request in wanted.select_for_update(no_key=True, of=("self",)):
        requests.withdraw(request, by=by)
    items = LotItem.objects.filter(delivery=row)
    items.update(live=False)
    # An inspection in hand goes on; the next delivery of its result takes it up.
    items.filter(review__isnull=True).update(request=None, drawn=False)
    audit.record("delivery_cancelled", row, by=by)
    return row
