"""The clock, and leases by it."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import override_settings

from marketplace.core import clock, leases
from marketplace.core.errors import Refused
from marketplace.core.models import ClockOffset, OutboxMessage
from tests.support.races import at_once, values

HOUR = dt.timedelta(hours=1)


def real():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_clock_is_the_databases_until_it_is_moved():
    before, ours, after = real(), clock.now(), real()
    assert before <= ours <= after
    moved = clock.advance(7 * 24 * HOUR)
    assert dt.timedelta(0) <= moved - after - 7 * 24 * HOUR < dt.timedelta(seconds=5)
    clock.advance(HOUR)
    assert ClockOffset.objects.get().offset == 7 * 24 * HOUR + HOUR


@pytest.mark.django_db
def test_defaults_and_queries_follow_the_moved_clock():
    old = OutboxMessage.objects.create(job="core.any")
    clock.advance(HOUR)
    new = OutboxMessage.objects.create(job="core.any")
    for row in (old, new):
        row.refresh_from_db()
    assert HOUR <= new.created_at - old.created_at < HOUR + dt.timedelta(seconds=5)
    found = OutboxMessage.objects.filter(created_at__lte=clock.after(-HOUR))
    assert list(found) == [old]


@pytest.mark.django_db
def test_a_fixed_clock_is_not_moved_and_nobody_moves_it_back():
    with override_settings(CLOCK_MOVABLE=False), pytest.raises(Refused) as refused:
        clock.advance(HOUR)
    assert (refused.value.code, refused.value.status) == ("clock_fixed", 403)
    with pytest.raises(Refused) as refused:
        clock.advance(-HOUR)
    assert refused.value.code == "clock_backwards"
    assert not ClockOffset.objects.exists()


@pytest.mark.django_db
def test_a_connection_of_a_fixed_installation_never_sees_the_offset():
    clock.advance(HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL marketplace.clock_movable = 'off'")
    assert clock.now() - real() < dt.timedelta(seconds=1)


@pytest.mark.django_db
def test_time_goes_on_within_a_transaction():
    """After a lock wait, `now()` would still be the transaction's beginning."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT now(), core_now(), pg_sleep(0.02), now(), core_now()")
        began, first, _, still, second = cursor.fetchone()
    assert began == still
    assert first >= began
    assert second >= first
    assert clock.now() - began >= dt.timedelta(milliseconds=20)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_moves_at_once_add_up():
    values(at_once(*[lambda: clock.advance(HOUR)] * 6))
    assert ClockOffset.objects.get().offset == 6 * HOUR


class Claim:
    """What `leases.hold` looks at."""

    def __init__(self, left, fence=3):
        self.fence, self.leased_until = fence, clock.now() + left


@pytest.mark.django_db
def test_a_holder_needs_the_newest_fence_and_time():
    leases.hold(Claim(HOUR), 3)
    for fence in (2, 4):
        with pytest.raises(Refused) as refused:
            leases.hold(Claim(HOUR), fence)
        assert refused.value.code == "stale_claim"
    claim = Claim(HOUR)
    clock.advance(HOUR)
    with pytest.raises(Refused) as refused:
        leases.hold(claim, 3)
    assert refused.value.code == "too_late"
