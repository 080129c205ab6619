"""Ends of claims at once: one end each, every slot and all money given back once. With controls."""

import datetime as dt
import time
from types import SimpleNamespace

import pytest
from django.db import transaction

from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.models import AuditEntry
from payments.models import LedgerEntry, Reservation
from payments.selectors import balances
from tasks.actions import assignments, expiry, heartbeat, slots
from tasks.models import Assignment, Project, Task
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def sweep():
    return expiry.expire_assignments(by=work.BY)


def end_at(row, moment):
    Assignment.objects.filter(pk=row.pk).update(leased_until=moment)


def sleep_until(moment):
    time.sleep(max(0, (moment - clock.now()).total_seconds()))


def test_a_skip_racing_the_sweep_is_one_end_one_setback_and_one_release():
    who = work.expert()
    offsets = (-200, -60, -40, -30, -20, -15, -10, -5, 0, 10)
    project = work.project(tasks=len(offsets))
    Project.objects.filter(pk=project.pk).update(setbacks_allowed=1000)
    free = balances.pot(project.pot, "usd").funds_minor
    ends = set()
    for milliseconds in offsets:
        row = work.claim(who)
        before = Task.objects.get(pk=row.task_id).setbacks
        deadline = clock.now() + dt.timedelta(seconds=0.4)
        end_at(row, deadline)
        start = deadline + dt.timedelta(milliseconds=milliseconds)

        def skip(row=row, start=start):
            sleep_until(start)
            return work.release(row)

        def expire(deadline=deadline):
            sleep_until(deadline)
            return sweep()

        skipped, swept = at_once(skip, expire)
        late = sweep()  # the sweep passes a locked row by
        row.refresh_from_db()
        task = Task.objects.get(pk=row.task_id)
        assert (task.state, task.open_slots, task.setbacks) == ("open", 1, before + 1)
        if row.state == "released":
            assert (swept.value, late, row.skip_reason) == (0, 0, "other")
        else:
            assert (row.state, swept.value + late, skipped.error.code) == ("expired", 1, "too_late")
        assert LedgerEntry.objects.filter(key=f"release:{row.holder}").count() == 1
        ends.add(row.state)
    assert ends == {"released", "expired"}
    assert balances.pot(project.pot, "usd").funds_minor == free


def two_of_two():
    """A task of two claims, of which the first is over."""
    pair = [work.expert(), work.expert()]
    work.project(tasks=1, overlap=2)
    first, _ = [work.claim(who) for who in pair]
    end_at(first, clock.now())
    return first


def test_control_without_locks_a_skip_and_the_sweep_give_one_slot_back_twice(monkeypatch):
    row = two_of_two()
    gate = Gate(2)

    def unlocked(assignment_id, by):
        found = Assignment.objects.select_related("task", "project").get(pk=assignment_id)
        gate.wait()
        return found

    def slowly(*args, **kwargs):
        gate.wait()
        slots.reopen_many(*args, **kwargs)

    monkeypatch.setattr(assignments, "lock_own", unlocked)
    monkeypatch.setattr(assignments.leases, "hold", lambda *_: None)
    monkeypatch.setattr(expiry, "slots", SimpleNamespace(reopen_many=slowly))
    values(at_once(lambda: work.release(row), sweep))
    task = Task.objects.get()
    assert (task.open_slots, task.setbacks) == (2, 2)
    assert Assignment.objects.filter(state="claimed").count() == 1


def test_sweeps_at_once_end_every_claim_once(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 7)
    crowd = [work.expert() for _ in range(10)]
    project = work.project(tasks=30)
    for who in crowd:
        for _ in range(3):
            end_at(work.claim(who), clock.now())
    ended = values(times(4, sweep))
    assert sum(ended) + sweep() == 30
    assert set(Assignment.objects.values_list("state", flat=True)) == {"expired"}
    assert set(Task.objects.values_list("open_slots", "setbacks")) == {(1, 1)}
    assert AuditEntry.objects.filter(verb="expired").count() == 30
    assert not Reservation.objects.filter(state="held").exists()
    assert balances.pot(project.pot, "usd").reserved_minor == 0


def test_control_without_locks_two_sweeps_end_one_claim_twice(monkeypatch):
    two_of_two()
    gate = Gate(2, timeout=1)

    def slowly(*args, **kwargs):
        gate.wait()  # the other is held back by the rows of this one, and goes on after it
        slots.reopen_many(*args, **kwargs)

    monkeypatch.setattr(expiry, "slots", SimpleNamespace(reopen_many=slowly))
    for name in ("_LOCK_TASKS", "_EXPIRE"):
        statement = getattr(expiry, name)
        for lock in ("FOR NO KEY UPDATE OF task SKIP LOCKED", "FOR NO KEY UPDATE SKIP LOCKED"):
            statement = statement.replace(lock, "")
        monkeypatch.setattr(expiry, name, statement)
    assert values(times(2, sweep)) == [1, 1]
    task = Task.objects.get()
    assert (task.open_slots, task.setbacks) == (2, 2)


def beats_at_once(row):
    """Ten pages beat while the row is held, thirty seconds after the last beat."""
    by = of_user(row.annotator.user)

    def one():
        return heartbeat.beat(assignment_id=row.pk, fence=row.fence, by=by)

    first = one().active_seconds
    clock.advance(dt.timedelta(seconds=30))
    gate = Gate(11)

    @transaction.atomic
    def hold():
        Assignment.objects.select_for_update(no_key=True).get(pk=row.pk)
        gate.wait()
        time.sleep(0.7)

    def page():
        gate.wait()
        one()

    values(at_once(hold, *[page] * 10))
    row.refresh_from_db()
    return row.active_seconds - first


def test_ten_pages_at_once_count_the_time_once():
    who = work.expert()
    work.project()
    assert 30 <= beats_at_once(work.claim(who)) <= 33


def test_control_without_the_lock_ten_pages_count_it_ten_times(monkeypatch):
    who = work.expert()
    work.project()
    unlocked = heartbeat._BEAT.replace("FOR NO KEY UPDATE OF row", "")
    monkeypatch.setattr(heartbeat, "_BEAT", unlocked)
    assert beats_at_once(work.claim(who)) >= 300
