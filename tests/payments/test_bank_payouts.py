"""What Stripe pays to annotators' banks: shown at once, and when it comes back, that too."""

import datetime as dt
import itertools

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Notice
from marketplace.core import clock
from payments import jobs
from payments.actions import bank_payouts, differences, payouts, sending
from payments.actions.comparisons.register import compare
from payments.models import BankPayout, ConnectedAccount, Difference, LedgerEntry, StripeEvent
from payments.states import ComparisonName
from payments.stripe.gateway import ToBank
from tests.payments.money import at_stripe, pass_time, run_jobs
from tests.payments.test_webhooks import carry, event, post
from tests.support.factories_payments import BY, annotator, earn_payable, payable_annotator

DAY = 86_400


@pytest.fixture
def who(local):
    """An annotator to whose account at Stripe 17 dollars were sent."""
    local.fund(50_000)
    one = at_stripe(local)
    earn_payable(one, 1000, 700)
    payouts.request(annotator_id=one.pk, by=BY)
    sending.sweep(by=BY)
    return one


def wait(local, days):
    local.stripe.advance(days * DAY)
    pass_time(days=days)
    local.stripe.flush_webhooks()
    run_jobs()


def shown(client, who):
    client.force_login(who.user)
    return client.get(reverse("payments:earnings")).content.decode()


def test_a_payout_to_the_bank_that_was_paid_and_then_fails(local, live_server, client, who):
    """Scenario 26: payout.paid, then payout.failed; an unknown type is stored and ignored."""
    carry(local, live_server)
    entries = LedgerEntry.objects.count()
    wait(local, 2)
    row = BankPayout.objects.get()
    assert (row.annotator, row.amount_minor, row.currency) == (who, 1700, "usd")
    assert "On its way to your bank" in shown(client, who)
    wait(local, 5)
    row.refresh_from_db()
    assert (row.state, row.failed_at) == ("paid", None)
    assert "Paid to your bank" in shown(client, who)
    local.stripe.fail_payout(row.stripe_payout, "account_closed")
    wait(local, 0)
    row.refresh_from_db()
    assert (row.state, row.failure_code, row.failure) == (
        "failed",
        "account_closed",
        "The bank account has been closed",
    )
    assert row.paid_at < row.failed_at
    page = shown(client, who)
    assert "Your bank sent it back" in page
    assert "The bank account has been closed" in page
    assert Notice.objects.get(user=who.user, kind="bank_payout").text == (
        "Your bank sent back $17.00 that Stripe had paid to it. Correct your bank details at "
        "Stripe, which then pays again; the money is in your balance there."
    )
    post(event("payout.reconciliation_completed", row.stripe_payout, account=row_account(who)))
    assert StripeEvent.objects.get(pk="evt_1").state == "ignored"
    assert LedgerEntry.objects.count() == entries  # the books know nothing of it


def row_account(who):
    return ConnectedAccount.objects.get(annotator=who).stripe_account


def to_bank(status="in_transit", **more):
    values = {
        "id": "po_1",
        "amount_minor": 500,
        "currency": "usd",
        "status": status,
        "arrives_on": clock.now().date(),
        "made_at": clock.now(),
        "failure_code": "",
        "failure": "",
    }
    return ToBank(**{**values, **more})


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(itertools.permutations(["in_transit", "paid", "failed"])))
def test_any_order_of_its_states_ends_the_same(order):
    account = row_account(payable_annotator())
    for status in order:
        bank_payouts.keep(account, to_bank(status), by=BY)
    assert BankPayout.objects.get().state == "failed"
    assert Notice.objects.filter(kind="bank_payout").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "then", "stays"),
    [
        ("canceled", "paid", "canceled"),
        ("paid", "in_transit", "paid"),
        ("paid", "paid", "paid"),
        ("pending", "canceled", "canceled"),
        ("in_transit", "pending", "in_transit"),
    ],
)
def test_it_goes_forwards_only(first, then, stays):
    account = row_account(payable_annotator())
    bank_payouts.keep(account, to_bank(first), by=BY)
    bank_payouts.keep(account, to_bank(then), by=BY)
    assert BankPayout.objects.get().state == stays


@pytest.mark.django_db
def test_what_cannot_be_read_is_left_alone_and_other_currencies_are_shown(client):
    who = payable_annotator()
    bank_payouts.keep(row_account(who), to_bank("something_new"), by=BY)
    bank_payouts.keep(row_account(who), to_bank(amount_minor=0), by=BY)
    assert not BankPayout.objects.exists()
    bank_payouts.keep(row_account(who), to_bank("paid", currency="sek"), by=BY)
    bank_payouts.keep(row_account(who), to_bank("paid", id="po_2", currency="krw"), by=BY)
    page = shown(client, who)
    assert "SEK 5.00" in page
    assert "KRW 500" in page


def test_a_lost_event_is_made_good_once_a_day(local, who):
    wait(local, 2)
    assert not BankPayout.objects.exists()  # nobody told us
    assert compare(ComparisonName.EVENTS, by=BY).facts["banks_behind"] == 1
    jobs.read_bank_payouts()
    assert BankPayout.objects.get().state == "in_transit"
    assert compare(ComparisonName.EVENTS, by=BY).facts["banks_behind"] == 0
    wait(local, 5)
    jobs.read_bank_payouts()
    assert BankPayout.objects.get().state == "paid"
    assert bank_payouts.catch_up(by=BY) == 0  # read today
    pass_time(days=1, seconds=1)
    local.stripe.add_fault("500_before", method="GET", path="/v1/payouts")
    assert bank_payouts.catch_up(by=BY) == 0
    assert bank_payouts.catch_up(by=BY) == 1
    pass_time(days=15)
    assert bank_payouts.catch_up(by=BY) == 0  # paid too long ago to come back


@pytest.mark.django_db
def test_what_does_not_arrive_is_kept_for_a_person_until_it_does():
    account = row_account(payable_annotator())
    today = clock.now().date()
    late = today - dt.timedelta(days=4)
    bank_payouts.keep(account, to_bank(), by=BY)
    bank_payouts.keep(account, to_bank(id="po_2", arrives_on=today - dt.timedelta(days=3)), by=BY)
    jobs.compare_bank()
    assert not Difference.objects.exists()
    bank_payouts.keep(account, to_bank(id="po_3", arrives_on=late), by=BY)
    bank_payouts.keep(account, to_bank("paid", id="po_4", arrives_on=late), by=BY)
    for _again in range(2):
        ran = compare(ComparisonName.BANK, by=BY)
        assert (ran.checked, ran.differences, ran.proves) == (3, 1, False)
    found = Difference.objects.get()
    assert (found.kind, found.subject, found.theirs_minor, found.currency, found.reason) == (
        "bank_payout_late",
        "payout:po_3",
        500,
        "usd",
        f"Stripe meant it to reach the bank on {late}, and it is in_transit.",
    )
    bank_payouts.keep(account, to_bank("paid", id="po_3", arrives_on=late), by=BY)
    ran = compare(ComparisonName.BANK, by=BY)
    assert (ran.checked, ran.differences, ran.proves) == (2, 0, True)
    found.refresh_from_db()
    assert (found.state, found.resolution) == ("resolved", differences.GONE)


@pytest.mark.django_db
def test_postgresql_refuses_states_that_cannot_be():
    bank_payouts.keep(row_account(payable_annotator()), to_bank(), by=BY)
    for change in ({"state": "x"}, {"state": "failed"}, {"state": "paid"}, {"amount_minor": 0}):
        with pytest.raises(IntegrityError, match="payments_bank_payout"), transaction.atomic():
            BankPayout.objects.update(**change)


@pytest.mark.django_db
def test_bank_payouts_are_seen_by_their_annotator_alone(client):
    who, other = payable_annotator(), annotator()
    bank_payouts.keep(row_account(who), to_bank(), by=BY)
    assert "On its way to your bank" in shown(client, who)
    assert "On its way to your bank" not in shown(client, other)
