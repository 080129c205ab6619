"""The pace of calls to Stripe: one bucket for all workers, and an empty one harms nothing."""

import threading

import pytest
from django.db import connection, transaction

from payments.actions import pace, payouts, sending
from payments.models import Pace
from tests.payments.money import at_stripe, purse, transfers
from tests.support.factories_payments import BY, earn_payable
from tests.support.races import times, values

pytestmark = pytest.mark.django_db(transaction=True)


def ago(seconds):
    """Let the bucket fill for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_pace SET taken_at = taken_at - %s * interval '1 s'", [seconds]
        )


def test_a_full_bucket_holds_one_second_and_fills_with_time():
    Pace.objects.create(name="t", tokens=4, taken_at="2100-01-01T00:00:00Z")  # time stands still
    Pace.objects.update(tokens=4)
    assert pace.allows("other", 3)
    taken = [pace.allows("new", 3) for _ in range(3)]
    assert taken == [True] * 3
    assert not pace.allows("new", 3)
    ago(0.4)  # 1.2 tokens
    assert [pace.allows("new", 3) for _ in range(2)] == [True, False]
    ago(3600)  # never more than one second's worth
    assert [pace.allows("new", 3) for _ in range(4)] == [True] * 3 + [False]


@pytest.mark.concurrency
def test_four_workers_share_one_bucket():
    assert pace.allows("t", 5)
    Pace.objects.update(tokens=5)
    ends = values(times(4, lambda: sum(pace.allows("t", 5) for _ in range(5))))
    assert 5 <= sum(ends) <= 6  # a sixth may have come meanwhile


def test_a_token_is_not_taken_inside_a_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        pace.allows("t", 5)


def test_an_empty_bucket_leaves_the_payout_as_it_is(local, settings):
    local.fund(10_000)
    who = at_stripe(local)
    earn_payable(who, 1_000)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    settings.STRIPE_TRANSFERS_PER_SECOND = 1
    assert pace.allows("transfers", 1)
    Pace.objects.update(tokens=0)
    assert not sending.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, row.first_sent_at, row.last_error) == ("ready", None, "")
    assert (purse(who), transfers(local)) == ((0, 0, 1_000), [])
    assert sending.sweep(by=BY) == 1  # waits for the token
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_sweep_ends_in_time_although_the_bucket_stays_empty(local, settings, monkeypatch):
    who = at_stripe(local)
    earn_payable(who, 1_000)
    payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    monkeypatch.setattr(pace, "allows", lambda name, rate: False)
    monkeypatch.setattr(sending, "SWEEP_SECONDS", 0.2)
    begun = threading.active_count()
    assert sending.sweep(by=BY) == 0
    assert threading.active_count() == begun
    assert transfers(local) == []
