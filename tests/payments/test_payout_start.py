"""Which payouts begin: by plan, by asking, and never twice."""

import datetime as dt
import re
import time
from functools import partial

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.actions import earnings, payouts, runs, sending
from payments.currencies import CURRENCIES
from payments.models import Earning, LedgerEntry, Payout
from payments.selectors import payouts as selector
from tests.payments.money import at_stripe, pass_time, purse
from tests.support.factories_payments import BY, annotator, earn, earn_payable, payable_annotator
from tests.support.races import Gate, at_once, codes, times, values


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_the_page_begins_one_payout():
    """Scenario 16: asked for twice by a double click, each click a request of its own."""
    who = payable_annotator()
    earn_payable(who, 1000, 700)
    tabs = [Client() for _ in range(4)]
    for tab in tabs:
        tab.force_login(who.user)
    clicks = [lambda tab=tab: tab.post(reverse("payments:payouts_request")) for tab in tabs]
    assert [answer.status_code for answer in values(at_once(*clicks))] == [302] * 4
    assert (Payout.objects.get().amount_minor, purse(who)) == (1700, (0, 0, 1700))
    said = [tab.get(reverse("payments:earnings")).content.decode() for tab in tabs]
    begun = ["Your payout is on its way." in page for page in said]
    late = [
        "A payout is already under way." in page or "Nothing can be paid out now." in page
        for page in said
    ]
    assert (sum(begun), sum(late)) == (1, 3)
    assert LedgerEntry.objects.filter(kind="payout_start").count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_without_the_locks_only_postgresql_stands_against_a_second_payout(monkeypatch):
    """Both clicks, or both runs, have seen that no payout is open."""
    who = payable_annotator()
    earn_payable(who, 1000, 700)
    gate, seen = Gate(2), selector.open_payout

    def met(*args):
        found = seen(*args)
        gate.wait()
        return found

    monkeypatch.setattr(payouts.selector, "open_payout", met)
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, *_, **__: self
    )
    ends = times(2, lambda: payouts.start(annotator_id=who.pk, currency="usd", by=BY))
    (fault,) = [one.error for one in ends if one.error is not None]
    assert isinstance(fault, IntegrityError)
    assert "payments_payout_one_open" in str(fault)
    assert (Payout.objects.get().amount_minor, purse(who)) == (1700, (0, 0, 1700))


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_payout_asked_for_four_times_at_once_is_begun_once():
    """Scenario 16, by the action itself: the later ones are told that one is under way."""
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
    assert runs.plan(by=BY) == 1  # 5,000 available: 2,000 fits, 3,500 no more, no euro there
    assert Payout.objects.get().annotator == paid
    local.fund(10_000)
    assert runs.plan(by=BY) == 1
    assert runs.plan(by=BY) == 0
    assert set(Payout.objects.values_list("annotator", "amount_minor")) == {
        (paid.pk, 2000),
        (poor.pk, 3500),
    }


def test_the_planner_waits_for_earnings_that_are_about_to_be_payable(local):
    local.fund(50_000)
    who = at_stripe(local)
    rows = earn_payable(who, 1000, 700)
    Earning.objects.filter(pk=rows[0].pk).update(state="pending")
    assert runs.plan(by=BY) == 0


def test_a_planned_payout_a_week(local):
    local.fund(50_000)
    who = at_stripe(local)
    earn_payable(who, 1000)
    assert runs.plan(by=BY) == 1
    sending.sweep(by=BY)
    assert Payout.objects.get().state == "sent"
    Payout.objects.update(created_at=clock.now())
    earn_payable(who, 300)
    assert runs.plan(by=BY) == 0
    pass_time(days=6, seconds=-1)
    assert runs.plan(by=BY) == 0
    pass_time(days=1, seconds=1)
    assert runs.plan(by=BY) == 1


def test_payouts_are_planned_on_their_day_of_the_week(local, settings):
    local.fund(50_000)
    earn_payable(at_stripe(local), 1000)
    settings.PAYOUT_WEEKDAY = (clock.now() + dt.timedelta(days=2)).weekday()
    pass_time(days=1)
    assert runs.plan(by=BY) == 0
    pass_time(days=1)
    assert runs.plan(by=BY) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "amount_minor", "says"),
    [
        ("usd", 1_750, "Payouts begin at $25.00; $7.50 more and you can ask."),
        ("gbp", 1_999, "Payouts begin at £20.00; £0.01 more and you can ask."),
        ("jpy", 2_000, "Payouts begin at ¥3,000; ¥1,000 more and you can ask."),
    ],
)
def test_each_currency_has_its_minimum_and_says_what_is_missing(
    settings, currency, amount_minor, says
):
    """Scenario 32: minimums, in units that the currency has."""
    settings.PAYOUT_MINIMUM_MINOR = 0
    who = payable_annotator()
    earn_payable(who, amount_minor, currency=currency)
    with pytest.raises(Refused) as refusal:
        payouts.request(annotator_id=who.pk, by=BY)
    assert (refusal.value.code, refusal.value.message) == ("below_minimum", says)
    assert selector.candidates() == []
    earn_payable(who, CURRENCIES[currency].minimum_payout_minor - amount_minor, currency=currency)
    (due,) = selector.candidates()
    assert (due.amount_minor, due.currency) == (
        CURRENCIES[currency].minimum_payout_minor,
        currency,
    )
    (row,) = payouts.request(annotator_id=who.pk, by=BY)
    assert row.amount_minor == due.amount_minor


def test_whole_earnings_can_be_paid_in_every_currency_that_we_take():
    """Scenario 32: payouts hold whole earnings, so no currency that is paid out by the hundred."""
    assert {one.payout_multiple for one in CURRENCIES.values()} == {1}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("transfers", "code", "says"),
    [
        ("restricted", "payouts_restricted", "Open your payout account and give what is missing"),
        ("something_new", "payouts_restricted", "Nothing is lost."),
        ("closed", "payouts_closed", "Your account at Stripe is closed"),
        ("none", "payouts_not_set_up", "Finish your payout set-up at Stripe first."),
    ],
)
def test_an_account_that_cannot_be_paid_is_told_what_to_do(transfers, code, says):
    who = payable_annotator(transfers=transfers)
    earn_payable(who, 5_000)
    with pytest.raises(Refused, match=says) as refusal:
        payouts.request(annotator_id=who.pk, by=BY)
    assert refusal.value.code == code
    assert not Payout.objects.exists()


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


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_payout_of_two_currencies_is_no_deadlock_with_holds_that_end(monkeypatch):
    """The form's key makes one transaction of it: the ledger's locks are taken once, in one order.
    Holds end in both currencies meanwhile, also in one posting.
    """
    who, gate, booked = payable_annotator(), Gate(2), payouts.post
    for currency in ("usd", "eur"):
        earn_payable(who, 5_000, currency=currency)
        earn(who, 700, currency=currency)
    Earning.objects.filter(state="pending").update(hold_until=clock.now())
    client = Client()
    client.force_login(who.user)
    key = re.search(
        r'name="once" value="([0-9a-f-]{36})"',
        client.get(reverse("payments:earnings")).content.decode(),
    )[1]

    def slowly(*args, **named):
        done = booked(*args, **named)
        gate.wait()
        time.sleep(1)  # until the other waits for what is booked here
        return done

    def ended():
        gate.wait()
        return earnings.mature(by=BY)

    monkeypatch.setattr(payouts, "post", slowly)
    ask = partial(client.post, reverse("payments:payouts_request"), {"once": key})
    answer, matured = values(at_once(ask, ended))
    assert (answer.status_code, matured) == (302, 2)
    assert set(Payout.objects.values_list("currency", "amount_minor")) == {
        ("usd", 5_000), ("eur", 5_000),
    }  # fmt: skip
