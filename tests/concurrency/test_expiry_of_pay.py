"""A claim that expires while its answer is being accepted: paid, or given back, never both."""

import datetime as dt
import time
from functools import partial

import pytest
from django.db import transaction

from marketplace.core import clock
from marketplace.ops import proof
from payments.actions import earnings, reserve
from payments.models import Earning, LedgerEntry, Reservation
from payments.selectors import balances
from tasks.actions import expiry
from tasks.models import Assignment, Project, Task
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, values

BY = work.BY
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def sweep():
    return expiry.expire_assignments(by=BY)


def end_at(row, moment):
    Assignment.objects.filter(pk=row.pk).update(leased_until=moment)


def sleep_until(moment):
    time.sleep(max(0, (moment - clock.now()).total_seconds()))


def money(row):
    """(entries that ended its promise, its promise, its earnings)."""
    keys = [f"accept:{row.holder}", f"release:{row.holder}"]
    return (
        sorted(LedgerEntry.objects.filter(key__in=keys).values_list("kind", flat=True)),
        Reservation.objects.get(holder=row.holder).state,
        list(Earning.objects.filter(source=row.holder).values_list("amount_minor", flat=True)),
    )


ACCEPTED = ("accepted", ["accept"], "spent", [500])
EXPIRED = ("expired", ["release"], "released", [])


def test_a_claim_that_expires_while_it_is_accepted_is_paid_or_given_back():
    """Scenario 19: claim expires while being accepted: two sweeps race hand-in and acceptance."""
    who = work.expert()
    offsets = (-600, -80, -50, -30, -20, -10, -5, 0, 10)
    project = work.project(tasks=len(offsets))
    Project.objects.filter(pk=project.pk).update(setbacks_allowed=1000)
    before = balances.pot(project.pot, "usd").funds_minor
    ends = []
    for milliseconds in offsets:
        row = work.claim(who)
        deadline = clock.now() + dt.timedelta(seconds=0.8)
        end_at(row, deadline)
        start = deadline + dt.timedelta(milliseconds=milliseconds)

        def answer(row=row, start=start):
            """Handed in at the last moment, and accepted as the sweeps begin."""
            sleep_until(start)
            work.review(work.submit(row))

        def expire(deadline=deadline):
            sleep_until(deadline)
            return sweep()

        answered, *swept = at_once(answer, expire, expire)
        late = sweep()  # a sweep passes a locked row by
        row.refresh_from_db()
        end = (row.state, *money(row))
        assert end == (ACCEPTED if answered.error is None else EXPIRED)
        assert sum(values(swept)) + late == (answered.error is not None)
        if answered.error is not None:
            assert answered.error.code == "too_late"
            assert Task.objects.get(pk=row.task_id).open_slots == 1
        ends.append(row.state)
    assert (ends[0], ends[-1]) == ("accepted", "expired")
    pot = balances.pot(project.pot, "usd")
    paid = sum(row.amount_minor + row.fee_minor for row in Earning.objects.all())
    assert (pot.funds_minor, pot.reserved_minor) == (before - paid, 0)
    assert proof.run() == []


def test_a_sweep_in_the_middle_of_an_acceptance_leaves_it_alone(monkeypatch):
    """The time of the claim is over by then; the acceptance holds the row, and its money follows."""
    row, submission = handed_in()
    gate, swept = Gate(2), Gate(2)
    accrue_all = earnings.accrue_all

    def slowly(*args, **kwargs):
        gate.wait()  # the verdict is written, not yet committed
        swept.wait()
        return accrue_all(*args, **kwargs)

    monkeypatch.setattr(earnings, "accrue_all", slowly)

    def expire():
        gate.wait()
        ended = sweep(), expiry.expire(assignment_id=row.pk, by=BY)
        swept.wait()
        return ended

    _, ended = values(at_once(lambda: work.review(submission), expire))
    assert ended == (0, False)
    row.refresh_from_db()
    assert (row.state, *money(row)) == ACCEPTED


def handed_in():
    """An answer that waits for its verdict, under a claim whose time is over."""
    who = work.expert()
    project = work.project(tasks=2)
    row = work.claim(who, project_id=project.pk)
    work.claim(work.expert(), project_id=project.pk)  # whose promise lies in the same pot
    submission = work.submit(row)
    end_at(row, clock.now())
    return row, submission


def test_control_without_the_lock_the_money_is_paid_and_given_back(monkeypatch):
    """Both have read that the promise is held; the other claim's money pays for the second end."""
    row, _ = handed_in()
    gate = Gate(2)
    earn = earnings._earn
    promise = Reservation.objects.get(holder=row.holder)
    whole = promise.price_minor + promise.fee_minor

    def slowly(*args, **kwargs):
        gate.wait()
        return earn(*args, **kwargs)

    @transaction.atomic
    def expire():
        assert Reservation.objects.get(pk=promise.pk).state == "held"  # read, and not locked
        gate.wait()
        return reserve.post([reserve._given_back(row.holder, promise.pot, "usd", whole)], by=BY)

    monkeypatch.setattr(earnings, "_earn", slowly)
    accept = partial(
        earnings.accrue, holder=row.holder, annotator_id=row.annotator_id, label="x", by=BY
    )
    values(at_once(accept, expire))
    assert money(row)[0] == ["accept", "release"]
    assert "reserved" in {found.proof for found in proof.run()}
