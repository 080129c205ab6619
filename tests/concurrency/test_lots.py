"""Two last inspections at once decide their lot once."""

import pytest
from django.db.models import QuerySet

from marketplace.core.models import AuditEntry
from tasks.actions import lots
from tests.support import deliveries as make
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def last_two():
    """A lot of which all but two inspections are done, and those two."""
    row = make.make(make.concluded(12))
    waiting = make.asked(row)
    for item in waiting[:-2]:
        make.inspect(item)
    make.run()
    return row, waiting[-2:]


def race(monkeypatch):
    """Both write down what they found, and then both count at the same moment."""
    row, items = last_two()
    (lot,) = row.lots.all()
    outcomes = at_once(*[lambda i=i: make.inspect(i, person=people.staff()) for i in items])
    assert len(values(outcomes)) == 2
    gate, counted = Gate(2, timeout=1), lots._count

    def count(lot):
        counted(lot)
        gate.wait()

    monkeypatch.setattr(lots, "_count", count)
    advance = [lambda: lots.advance(lot_id=lot.pk, by=work.BY)] * 2
    values(at_once(*advance))
    lot.refresh_from_db()
    assert (lot.state, lot.reviewed) == ("accepted", lot.sample)
    return AuditEntry.objects.filter(verb="lot_accepted").count()


def test_a_lot_is_decided_once(monkeypatch):
    assert race(monkeypatch) == 1


def test_control_without_the_lock_it_is_decided_twice(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    assert race(monkeypatch) == 2
