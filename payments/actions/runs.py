"""A payout run, from the draft that a person can look at to the last payout that it began.

    collecting -> waiting -> approved -> done          (cancelled from any of the first three)

All of it is in rows and small transactions: a worker may die anywhere, and the next sweep goes on.
A run is of one currency, and there is one at a time. What sends the payouts afterwards is
sending.py, at the pace that is allowed.
"""

import time
import uuid
from collections.abc import Iterator

import structlog
from django.conf import settings
from django.db import transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from marketplace.core.states import lock, move
from payments.actions import payouts
from payments.currencies import CURRENCIES
from payments.models import PayoutRun, PayoutRunItem
from payments.selectors import payouts as selector
from payments.selectors import runs as shown
from payments.states import RUN_MOVES, RUN_OPEN, RunItemState, RunState
from payments.stripe import books

log = structlog.get_logger(__name__)

BATCH = 500
"""Annotators listed, or looked at, in one go: memory does not grow with the run."""
BEGIN_SECONDS = 30
"""Payouts are begun for so long in one sweep; a job may take a minute."""


def plan(*, by: Actor) -> int:
    """Draft a run for each currency in which somebody is due, and go on with approved ones; remote.

    Drafts are made on the planned day of the week. One up to PAYOUT_RUN_ALONE_MINOR is approved by
    itself where PAYOUT_RUN_AUTOMATIC says so. Returns how many payouts were begun.
    """
    if selector.is_planned_day():
        for currency in set(selector.currencies_due()) - shown.cancelled_lately():
            draft(currency=currency, by=by)
    for run in PayoutRun.objects.filter(state=RunState.COLLECTING):
        collect(run.pk, by=by)
    return proceed(by=by)


def draft(*, currency: str, by: Actor) -> PayoutRun | None:
    """Open a run; None while another one of this currency is open."""
    with transaction.atomic():
        run, new = PayoutRun.objects.get_or_create(
            currency=currency, state__in=RUN_OPEN, defaults={"currency": currency}
        )
        if new:
            audit.record("drafted_payout_run", run, by=by, currency=currency)
    return run if new else None


def draft_now(*, currency: str, by: Actor) -> PayoutRun:
    """A member of staff wants a run outside of the plan; a worker lists who is due.

    Refuses (403) who is not staff, (422) an unknown currency, (409) while a run of it is open.
    """
    _staff_only(by)
    if currency not in CURRENCIES:
        raise invalid("Choose one of the currencies that we pay in.")
    run = draft(currency=currency, by=by)
    if run is None:
        raise Refused("run_open", "A run of this currency is open. End that one first.")
    return run


def collect(run_id: uuid.UUID, *, by: Actor) -> None:
    """List who is due, 500 at a time, then why others are not; safe to repeat after a crash."""
    run = PayoutRun.objects.get(pk=run_id)
    while found := _uncollected(run):
        items = [
            PayoutRunItem(run=run, annotator_id=one.annotator_id, amount_minor=one.amount_minor)
            for one in found
        ]
        PayoutRunItem.objects.bulk_create(items, ignore_conflicts=True)
    _collected(run, shown.left_out(run.currency), by)


def _uncollected(run: PayoutRun) -> list[selector.Candidate]:
    """The next who are due; none once the run was cancelled meanwhile."""
    open_still = PayoutRun.objects.filter(pk=run.pk, state=RunState.COLLECTING).exists()
    return selector.candidates(currency=run.currency, limit=BATCH) if open_still else []


@transaction.atomic
def _collected(run: PayoutRun, left_out: dict[str, dict[str, int]], by: Actor) -> None:
    run = lock(run)
    if run.state != RunState.COLLECTING:  # another worker was faster
        return
    total = shown.total(run.pk)
    if not total.annotators:
        move(run, RunState.CANCELLED, RUN_MOVES, reason=shown.NOBODY, ended_at=clock.now())
        return
    two = total.minor > settings.PAYOUT_RUN_ALONE_MINOR.get(run.currency, 0)
    move(run, RunState.WAITING, RUN_MOVES, two_needed=two, left_out=left_out)
    if settings.PAYOUT_RUN_AUTOMATIC and not two and by.kind is not ActorKind.STAFF:
        _let_go(run, by)


@transaction.atomic
def approve(*, run_id: uuid.UUID, by: Actor) -> PayoutRun:
    """A member of staff has looked at the run and lets it go; above the limit a second one must.

    Refuses (403) who is not staff, (409) the same person twice, and a run that does not wait.
    """
    run = lock(_run(run_id, by))
    if run.state != RunState.WAITING:
        raise Refused("not_waiting", "This run does not wait for anybody's approval.")
    if run.first_by == by.key:
        raise Refused("second_person", "You have approved it. Now somebody else has to look at it.")
    if run.two_needed and not run.first_by:
        run.first_by = by.key
        run.save(update_fields=["first_by"])
        audit.record("approved_payout_run_first", run, by=by)
        return run
    return _let_go(run, by)


def _let_go(run: PayoutRun, by: Actor) -> PayoutRun:
    first, second = (run.first_by, by.key) if run.first_by else (by.key, "")
    now = clock.now()
    move(run, RunState.APPROVED, RUN_MOVES, approved_at=now, first_by=first, second_by=second)
    audit.record("approved_payout_run", run, by=by)
    return run


@transaction.atomic
def cancel(*, run_id: uuid.UUID, reason: str, by: Actor) -> PayoutRun:
    """Begin no more payouts of this run; those begun go on. Their money stays payable.

    Refuses (403) who is not staff, (422) an empty reason, and (409) a run that is over.
    """
    run = lock(_run(run_id, by))
    if not reason.strip():
        raise invalid("Say why: it is kept.")
    if run.state not in RUN_OPEN:
        raise Refused("run_over", "This run is over.")
    move(run, RunState.CANCELLED, RUN_MOVES, reason=reason.strip()[:300], ended_at=clock.now())
    audit.record("cancelled_payout_run", run, by=by, reason=reason)
    return run


def _run(run_id: uuid.UUID, by: Actor) -> PayoutRun:
    _staff_only(by)
    run = PayoutRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound("payout run")
    return run


def _staff_only(by: Actor) -> None:
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff decide on payout runs.", status=403)


def proceed(*, by: Actor) -> int:
    """Begin the payouts of approved runs as far as our available balance reaches; remote.

    Who does not fit any more waits for the next sweep. Returns how many were begun.
    """
    runs = list(PayoutRun.objects.filter(state=RunState.APPROVED).order_by("approved_at"))
    if not runs:
        return 0
    cash = {currency: row.available_minor for currency, row in books.read_cash().items()}
    unsent = selector.unsent_minor()
    end = time.monotonic() + BEGIN_SECONDS
    return sum(
        _proceed(run, cash.get(run.currency, 0) - unsent.get(run.currency, 0), end, by=by)
        for run in runs
    )


def _proceed(run: PayoutRun, left_minor: int, end: float, *, by: Actor) -> int:
    begun = 0
    for item_id, amount_minor in _waiting(run):
        if time.monotonic() > end:
            return begun
        if amount_minor <= left_minor and _begin(run, item_id, by=by):
            left_minor -= amount_minor
            begun += 1
    _finish(run, by=by)
    return begun


def _waiting(run: PayoutRun) -> Iterator[tuple[int, int]]:
    """The items whose payouts are to be begun, oldest first: id and amount, 500 in memory."""
    last = 0
    waiting = run.items.filter(state=RunItemState.WAITING).order_by("pk")
    while batch := list(waiting.filter(pk__gt=last).values_list("pk", "amount_minor")[:BATCH]):
        yield from batch
        last = batch[-1][0]


@transaction.atomic
def _begin(run: PayoutRun, item_id: int, *, by: Actor) -> bool:
    """Item and payout in one transaction, so that neither is there without the other."""
    item = (
        PayoutRunItem.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=item_id, state=RunItemState.WAITING, run__state=RunState.APPROVED)
        .first()
    )
    if item is None:  # another worker's, or the run was cancelled
        return False
    try:
        with transaction.atomic():
            payout = payouts.start(
                annotator_id=item.annotator_id,
                currency=run.currency,
                until=run.created_at,
                most_minor=item.amount_minor,
                by=by,
            )
    except Refused as refusal:  # it changed since it was listed
        log.info("payout_not_begun", annotator=str(item.annotator_id), code=refusal.code)
        item.state, item.reason = RunItemState.SKIPPED, refusal.code[:60]
    else:
        item.state, item.payout = RunItemState.BEGUN, payout
    item.save(update_fields=["state", "reason", "payout"])
    return item.state == RunItemState.BEGUN


@transaction.atomic
def _finish(run: PayoutRun, *, by: Actor) -> None:
    """The run is over once none of its items waits; its payouts may still be on their way."""
    run = lock(run)
    if run.state == RunState.APPROVED and not run.items.filter(state=RunItemState.WAITING).exists():
        move(run, RunState.DONE, RUN_MOVES, ended_at=clock.now())
        audit.record("ended_payout_run", run, by=by)
