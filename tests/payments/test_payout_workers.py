"""Payouts and those who work on them: several workers, a batch in which the key goes, a webhook that
overtakes. One transfer and one entry each."""

import time
import uuid

import pytest

from marketplace.core.models import AuditEntry
from payments.actions import payouts, sending
from payments.models import LedgerEntry, Payout
from payments.stripe import transfers as gateway
from tests.payments.money import at_stripe, balance, pass_time, purse, run_jobs, transfers
from tests.payments.test_webhooks import carry
from tests.support.factories_payments import BY, earn_payable
from tests.support.races import at_once, values

TRANSFERS = "/v1/transfers$"


def begun(local, amount=1000):
    """A payout that was begun, of an annotator at the local Stripe."""
    who = at_stripe(local)
    earn_payable(who, amount)
    return payouts.start(annotator_id=who.pk, currency="usd", by=BY)


def asked(local):
    """The statuses that Stripe answered to calls that make transfers, in order."""
    return [
        call.status
        for call in local.stripe.calls
        if (call.method, call.path) == ("POST", "/v1/transfers")
    ]


def done(row):
    """The entries of the ledger that say that this payout left."""
    return LedgerEntry.objects.filter(key=f"payout:{row.pk}:done").count()


def settle(*, hours=12):
    for _ in range(hours * 2):
        pass_time(minutes=30)
        sending.sweep(by=BY)


def test_a_500_that_is_replayed_is_settled_by_the_next_look(local):
    """Scenario 5: 500 after the commit; the look fails too, and the key repeats the 500."""
    local.fund(50_000)
    row = begun(local)
    local.stripe.add_fault("500_after", path=TRANSFERS)
    local.stripe.add_fault("drop_before", path=TRANSFERS, method="GET")
    sending.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, row.ambiguous, purse(row.annotator)) == ("unknown", True, (0, 0, 1000))
    pass_time(minutes=2)
    sending.send(row.pk, by=BY)
    row.refresh_from_db()
    assert asked(local) == [500, 500]  # of which the second did nothing: it is the first's answer
    assert (row.state, row.attempt, len(transfers(local)), done(row)) == ("sent", 1, 1, 1)


def in_flight(local, row):
    """A second worker takes the row while the first one's call is still being worked on."""

    def second():
        for _ in range(500):
            if local.stripe.state.keys.in_flight():
                break
            time.sleep(0.01)
        assert local.stripe.state.keys.in_flight() == 1
        pass_time(seconds=91)  # the first one's lease is over
        return sending.send(row.pk, by=BY)

    local.stripe.add_fault("slow", path=TRANSFERS, seconds=2)
    assert values(at_once(lambda: sending.send(row.pk, by=BY), second)) == [True, True]


@pytest.mark.concurrency
def test_two_workers_on_one_row_make_one_transfer(local):
    """Scenario 6: 409, since two workers are on one row; Stripe's own word, in flight."""
    local.fund(50_000)
    row = begun(local)
    in_flight(local, row)
    assert sorted(asked(local)) == [200, 409]
    settle()
    row.refresh_from_db()
    assert (row.state, row.attempt, len(transfers(local)), done(row)) == ("sent", 1, 1, 1)
    assert (purse(row.annotator), balance("clearing_transfer", "platform")) == ((0, 0, 0), 1000)


@pytest.mark.concurrency
def test_control_two_workers_with_a_key_each_pay_twice(local, monkeypatch):
    original = gateway.create_transfer
    monkeypatch.setattr(
        gateway,
        "create_transfer",
        lambda *, attempt, **terms: original(attempt=uuid.uuid4().int % 10**9, **terms),
    )
    local.fund(50_000)
    in_flight(local, begun(local))
    assert (asked(local), len(transfers(local))) == ([200, 200], 2)


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_key_that_goes_in_the_middle_of_a_batch_loses_nothing(local, status):
    """Scenario 8: two of five are sent, then Stripe answers 401 or 403 to everything."""
    local.fund(50_000)
    rows = [begun(local, 1000 + number) for number in range(5)]
    local.stripe.add_fault(status, path=".", method="*", skip=4, times=99)  # two calls for each
    sending.sweep(by=BY)
    states = Payout.objects.values_list("state", "ambiguous", "attempt")
    assert sorted(states) == [("sent", False, 1)] * 2 + [("unknown", False, 1)] * 3
    assert sum(purse(row.annotator)[2] for row in rows) == sum(
        row.amount_minor for row in Payout.objects.filter(state="unknown")
    )
    assert [purse(row.annotator)[1] for row in rows] == [0] * 5  # nothing is released
    pass_time(hours=2)
    sending.sweep(by=BY)
    assert (len(asked(local)), Payout.objects.filter(state="sent").count()) == (2, 2)
    local.stripe.clear_faults()  # the new key is in place
    settle()
    assert set(Payout.objects.values_list("state", "attempt")) == {("sent", 1)}
    assert sorted(amount for amount, _, _ in transfers(local)) == list(range(1000, 1005))
    assert [done(row) for row in rows] == [1] * 5
    assert [purse(row.annotator) for row in rows] == [(0, 0, 0)] * 5


def test_a_webhook_that_is_applied_between_stripes_commit_and_ours(local, live_server, monkeypatch):
    """Scenario 24: `transfer.created` is here, and applied, before the worker has its answer."""
    carry(local, live_server)
    local.fund(50_000)
    row = begun(local)
    original, seen = gateway.create_transfer, []

    def overtaken(**terms):
        made = original(**terms)
        local.stripe.flush_webhooks()
        run_jobs()
        seen.append(Payout.objects.get(pk=row.pk).state)
        return made

    monkeypatch.setattr(gateway, "create_transfer", overtaken)
    sending.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (seen, row.state, done(row), purse(row.annotator)) == (["sent"], "sent", 1, (0, 0, 0))
    settle(hours=1)
    assert (len(transfers(local)), balance("clearing_transfer", "platform")) == (1, 1000)
    assert AuditEntry.objects.filter(verb="payout_sent", subject=f"payout:{row.pk}").count() == 1
