"""Which payouts begin: by plan, by asking, and never twice."""

import pytest

from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.actions import payouts, sending
from payments.models import Earning, Payout
from tests.payments.money import at_stripe, pass_time, purse
from tests.support.factories_payments import BY, annotator, earn_payable, payable_annotator
from tests.support.races import codes, times, values


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_payout_asked_for_four_times_at_once_is_begun_once():
    who = payable_annotator()
    earn_payable(who, 1000, 700)
    ends = times(4, lambda: payouts.start(annotator_id=who.pk, currency="usd", by=BY))
    assert len(values(ends)) == 1
    assert codes(ends) == ["payout_open"] * 3
    assert (Payout.objects.get().amount_minor, purse(who)) == (1700, (0, 0, 1700))


def test_the_planner_begins_what_is_due_and_can_be_paid(local):
    local.fund(5_000)
    paid, poor, small = at_stripe(local), at_stripe(local), at_stripe(local)
    unready, other_currency = payable_annotator(transfers="pending"), at_stripe(local)
    earn_payable(paid, 2_000)
    earn_payable(poor, 3_500)
    earn_payable(small, 99)
    earn_payable(unready, 500)
    earn_payable(other_currency, 500, currency="eur")
    assert payouts.plan(by=BY) == 1  # 5,000 available: 2,000 fits, 3,500 no more, no euro there
    assert Payout.objects.get().annotator == paid
    local.fund(10_000)
    assert payouts.plan(by=BY) == 1
    assert payouts.plan(by=BY) == 0
    assert set(Payout.objects.values_list("annotator", "amount_minor")) == {
        (paid.pk, 2000),
        (poor.pk, 3500),
    }


def test_the_planner_waits_for_earnings_that_are_about_to_be_payable(local):
    local.fund(50_000)
    who = at_stripe(local)
    rows = earn_payable(who, 1000, 700)
    Earning.objects.filter(pk=rows[0].pk).update(state="pending")
    assert payouts.plan(by=BY) == 0


def test_a_planned_payout_a_day(local, settings):
    local.fund(50_000)
    who = at_stripe(local)
    earn_payable(who, 1000)
    assert payouts.plan(by=BY) == 1
    sending.sweep(by=BY)
    assert Payout.objects.get().state == "sent"
    Payout.objects.update(created_at=clock.now())
    earn_payable(who, 300)
    assert payouts.plan(by=BY) == 0
    pass_time(hours=25)
    assert payouts.plan(by=BY) == 1


@pytest.mark.django_db
def test_what_an_annotator_may_ask_for(settings):
    who = payable_annotator()
    with pytest.raises(Refused) as refusal:
        payouts.request(annotator_id=who.pk, by=BY)
    assert refusal.value.code == "nothing_payable"
    earn_payable(who, 99)
    earn_payable(who, 5000, currency="eur")
    begun = payouts.request(annotator_id=who.pk, by=BY)
    assert [(row.currency, row.amount_minor) for row in begun] == [("eur", 5000)]
    with pytest.raises(Refused) as refusal:
        payouts.request(annotator_id=who.pk, by=BY)
    assert refusal.value.code == "below_minimum"
    poor = annotator()
    earn_payable(poor, 500)
    with pytest.raises(Refused) as refusal:
        payouts.request(annotator_id=poor.pk, by=BY)
    assert refusal.value.code == "payouts_not_set_up"
