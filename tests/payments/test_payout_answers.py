"""What Stripe's rarer answers mean for a payout, and what a slow worker may still write."""

import datetime as dt

import pytest

from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments.actions import outcomes, payouts, trying
from payments.actions.comparisons.register import compare
from payments.currencies import major
from payments.models import Payout
from payments.states import PAYOUT_MOVES, ComparisonName
from payments.stripe import accounts
from payments.stripe import transfers as stripe_transfers
from payments.stripe.gateway import StripeRejected
from tests.payments.money import at_stripe, balance, pass_time, purse, transfers
from tests.payments.test_payouts import (
    TRANSFERS,
    assert_paid_once,
    assert_payable_again,
    send,
    settle,
)
from tests.support.factories_payments import BY, earn_payable


@pytest.fixture
def ready(local):
    """A payout of 1,700 that was begun and not yet sent, and money at Stripe to send it."""
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1000, 700)
    return payouts.start(annotator_id=who.pk, currency="usd", by=BY)


def test_a_capability_lost_between_the_question_and_the_call(local, ready, monkeypatch):
    """Stripe refuses the transfer itself: no later try can mend that."""
    account = accounts.read_account(ready.destination)
    monkeypatch.setattr(accounts, "read_account", lambda _: account)
    local.stripe.set_transfers(ready.destination, "restricted")
    send(ready)
    assert_payable_again(local, ready)
    assert ready.last_error.startswith("insufficient_capabilities_for_transfer: ")


def test_a_refusal_that_nobody_foresaw_is_a_persons(local, ready, monkeypatch):
    def refusing(**terms):
        raise StripeRejected("transfers_not_allowed", "Write to us.", 400)

    monkeypatch.setattr(stripe_transfers, "create_transfer", refusing)
    send(ready)
    assert (ready.state, ready.last_error) == ("frozen", "transfers_not_allowed: Write to us.")
    assert purse(ready.annotator) == (0, 0, 1700)
    assert transfers(local) == []


def test_a_look_counts_only_a_quarter_of_an_hour_after_the_last(local, ready):
    """Though somebody has moved its turn forward by hand."""
    local.stripe.add_fault("500_before", path=TRANSFERS)
    send(ready)
    assert (ready.state, ready.empty_looks) == ("unknown", 1)
    looked = ready.last_look_at
    pass_time(minutes=14)
    Payout.objects.filter(pk=ready.pk).update(next_try_at=clock.now())
    send(ready)
    assert (ready.state, ready.attempt, ready.empty_looks) == ("unknown", 1, 1)
    assert ready.last_look_at == looked
    assert ready.next_try_at == looked + dt.timedelta(minutes=15)
    settle(ready)
    assert_paid_once(local, ready)
    assert ready.attempt == 2


def test_what_a_slow_worker_learnt_late_is_not_written(local, ready):
    late = outcomes.take(ready.pk)
    settle(ready)
    outcomes.failed(late, "failed", by=BY)
    outcomes.frozen(late, "frozen", by=BY)
    trying.later(late, "later", moves=PAYOUT_MOVES, ambiguous=True)
    assert trying.looked_in_vain(late, moves=PAYOUT_MOVES) is False
    assert_paid_once(local, ready)
    assert ready.last_error == ""


def test_an_unknown_payout_cannot_be_let_go(local):
    with pytest.raises(Refused) as refusal:
        payouts.unfreeze(payout_id=new_id(), reason="x", by=BY)
    assert refusal.value.status == 404


def test_yen_reach_the_account_at_stripe_as_whole_yen(local):
    """A currency without decimals: nothing is taken for a hundredth anywhere on the way."""
    local.fund(20_000, "jpy")
    local.stripe.advance(3 * 86_400)
    who = at_stripe(local)
    earn_payable(who, 3_333, 1, currency="jpy")
    row = payouts.start(annotator_id=who.pk, currency="jpy", by=BY)
    assert (row.amount_minor, major(row.amount_minor, "jpy")) == (3_334, "¥3,334")
    assert send(row).state == "sent"
    (made,) = local.client.v1.transfers.list().data
    assert (made.amount, made.currency, made.destination) == (3_334, "jpy", row.destination)
    assert purse(who, "jpy") == (0, 0, 0)
    assert compare(ComparisonName.CASH, by=BY).facts["ours"] == {"jpy": 20_000 - 610 - 3_334}
    assert balance("clearing_transfer", "platform", "jpy") == 0
