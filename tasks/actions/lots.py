"""Lots: their inspections are asked for, and each is accepted, or mended as a whole.

Inspections write down what they found and promise this; so a lot is decided once, by whichever run
holds its lock, from all that was found until then.
"""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import deliveries, requests, telling
from tasks.models import Delivery, Lot, LotItem, Task
from tasks.quality.sprt import Decision
from tasks.selectors import evidence, quality_report
from tasks.states import (
    DELIVERY_MOVES,
    LOT_DECIDED,
    LOT_MOVES,
    DeliveryState,
    LotMethod,
    LotState,
    ReviewKind,
    ReviewRequestState,
    TaskState,
)

# Reviews asked for in one transaction.
BATCH = 200
WANTED = (ReviewRequestState.WAITING, ReviewRequestState.TAKEN)
UNDER_WAY = (DeliveryState.SAMPLING, DeliveryState.REWORK)


@transaction.atomic
def advance(*, lot_id: uuid.UUID, by: Actor) -> None:
    """Count what was found in a lot, decide it if that is enough, else ask for what is missing.

    Running again does nothing more.
    """
    lot = (
        Lot.objects.select_for_update(no_key=True, of=("self",))
        .select_related("delivery__project")
        .filter(pk=lot_id)
        .first()
    )
    if lot is None or lot.state not in LOT_MOVES:
        return
    _count(lot)
    if lot.state == LotState.SAMPLING:
        _judge(lot, by)
    if lot.state == LotState.REWORK:
        _mend(lot, by)
    if lot.state in LOT_DECIDED:
        outbox.enqueue("tasks.finish_delivery", delivery_id=str(lot.delivery_id))


def _count(lot: Lot) -> None:
    found = lot.items.aggregate(
        reviewed=Count("pk", filter=Q(defect__isnull=False)),
        defects=Count("pk", filter=Q(defect=True)),
    )
    lot.reviewed, lot.defects = found["reviewed"], found["defects"]
    lot.save(update_fields=["reviewed", "defects"])


def _judge(lot: Lot, by: Actor) -> None:
    """Decide by what the sample shows; ask for the items that a decision still needs."""
    if lot.delivery.method == LotMethod.SPRT:
        decision, needed = _one_after_another(lot)
    else:
        decision, needed = _fixed(lot)
    if decision is Decision.GO_ON:
        _ask(lot, lot.items.filter(position__lte=needed), by, drawn=True)
        return
    state = LotState.ACCEPTED if decision is Decision.PASSED else LotState.REWORK
    move(lot, state, LOT_MOVES, decided_at=Now())
    verb = "lot_accepted" if decision is Decision.PASSED else "lot_failed"
    audit.record(verb, lot, by=by, reviewed=lot.reviewed, defects=lot.defects)


def _fixed(lot: Lot) -> tuple[Decision, int]:
    """By the plan's sample; one defect more than allowed is enough to fail."""
    sample, allowed = lot.sample or lot.size, lot.allowed or 0
    seen = lot.items.filter(position__lte=sample, defect__isnull=False)
    if seen.filter(defect=True).count() > allowed:
        return Decision.FAILED, sample
    return (Decision.PASSED if seen.count() == sample else Decision.GO_ON), sample


def _one_after_another(lot: Lot) -> tuple[Decision, int]:
    """Follow the test in the order of the draw, as far as it is inspected without a gap.

    Asked for are as many as it takes to pass if all of them are right, and no more. A lot that is
    inspected to its end passes if no more of it is defective than a good lot may hold.
    """
    test = deliveries.sequence(lot.delivery)
    right = wrong = 0
    for defect in lot.items.order_by("position").values_list("defect", flat=True).iterator():
        if defect is None:
            break
        right, wrong = right + (not defect), wrong + bool(defect)
        decision = test.decide(right, wrong)
        if decision is not Decision.GO_ON:
            return decision, right + wrong
    if right + wrong == lot.size:
        fine = wrong <= lot.delivery.aql * lot.size
        return (Decision.PASSED if fine else Decision.FAILED), lot.size
    more = 1
    while test.decide(right + more, wrong) is Decision.GO_ON:
        more += 1
    return Decision.GO_ON, min(lot.size, right + wrong + more)


def _mend(lot: Lot, by: Actor) -> None:
    """Every item of a lot that failed is inspected; it is done when no defect waits for its
    adjudication."""
    _move_delivery(lot.delivery_id)
    if lot.reviewed < lot.size:
        _ask(lot, lot.items.all(), by, drawn=False)
    elif not lot.items.exclude(task__state=TaskState.CONCLUDED).exists():
        move(lot, LotState.REWORKED, LOT_MOVES)
        audit.record("lot_reworked", lot, by=by, reviewed=lot.reviewed, defects=lot.defects)


def _move_delivery(delivery_id: uuid.UUID) -> None:
    row = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
    if row.state == DeliveryState.SAMPLING:
        move(row, DeliveryState.REWORK, DELIVERY_MOVES)


def _ask(lot: Lot, items: QuerySet[LotItem], by: Actor, *, drawn: bool) -> None:
    """Want an inspection of those that have none; a rest beyond one batch is promised."""
    lost = Q(request__isnull=True) | Q(request__state="withdrawn")
    wanted = items.filter(lost, defect__isnull=True, task__state=TaskState.CONCLUDED)
    found = list(wanted.order_by("position")[: BATCH + 1])
    now = found[:BATCH]
    tasks = _locked([item.task_id for item in now])
    for item in now:
        task = tasks.get(item.task_id)
        if task is not None:
            item.request = requests.ask(kind=ReviewKind.WARRANTY, task=task, by=by)
            item.drawn = item.drawn or drawn
            item.save(update_fields=["request", "drawn"])
    if len(found) > BATCH:
        outbox.enqueue("tasks.advance_lot", lot_id=str(lot.pk))


def _locked(task_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Task]:
    rows = Task.objects.select_for_update(no_key=True).filter(pk__in=task_ids)
    return {row.pk: row for row in rows.filter(state=TaskState.CONCLUDED).order_by("pk")}


@transaction.atomic
def finish(*, delivery_id: uuid.UUID, by: Actor) -> Delivery | None:
    """Make a delivery ready once its lots are decided and every defect found is mended; its report
    is kept as it is then, and the client is told. None when it is too early, or done already.
    """
    row = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__organization")
        .filter(pk=delivery_id, state__in=UNDER_WAY)
        .first()
    )
    if row is None or row.lots.exclude(state__in=LOT_DECIDED).exists():
        return None
    if row.items.exclude(task__state=TaskState.CONCLUDED).exists():
        return None
    move(row, DeliveryState.READY, DELIVERY_MOVES, save=False)
    report = quality_report.of(row)
    row.ready_at, row.report, row.evidence = Now(), report, evidence.of(row)
    row.save(update_fields=["state", "ready_at", "report", "evidence"])
    row.refresh_from_db()
    audit.record("delivery_ready", row, by=by, results=row.results)
    telling.delivered(row)
    return row


@transaction.atomic
def catch_up() -> int:
    """Promise the next step of up to 500 lots that wait for no inspection, and of as many
    deliveries whose lots are decided, in case it was missed; returns how many.
    """
    wanted = LotItem.objects.filter(lot=OuterRef("pk"), request__state__in=WANTED)
    lots = Lot.objects.filter(~Exists(wanted), state__in=LOT_MOVES).order_by("delivery__made_at")
    ids = list(lots.values_list("pk", flat=True)[:500])
    outbox.enqueue_many("tasks.advance_lot", [{"lot_id": str(pk)} for pk in ids])
    rows = Delivery.objects.filter(state__in=UNDER_WAY).exclude(lots__state__in=list(LOT_MOVES))
    done = list(rows.order_by("made_at").values_list("pk", flat=True)[:500])
    outbox.enqueue_many("tasks.finish_delivery", [{"delivery_id": str(pk)} for pk in done])
    return len(ids) + len(done)
