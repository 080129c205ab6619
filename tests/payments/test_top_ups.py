"""Automatic top-ups: a saved card is charged without its owner, exactly once."""

import datetime as dt
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import OutboxMessage
from payments import jobs
from payments.actions import cards, charging, topups
from payments.models import Deposit, Difference, SavedCard, TopUpRule
from payments.stripe.gateway import StripeNotNow, StripeUnanswered
from payments.stripe.invoices import read_cash
from tests.payments.clients import (
    assert_cash_agrees,
    client,
    customer,
    prepaid,
    save_card,
    states,
    told,
    wire,
)
from tests.payments.crashes import Killer
from tests.payments.money import pass_time, run_jobs
from tests.support.factories_payments import BY, deposit
from tests.support.races import times, values


def rule(org, card, **terms):
    return topups.set_rule(
        organization_id=org.pk,
        card_id=card.pk,
        by=BY,
        **{
            "currency": "usd",
            "floor_minor": 2_000,
            "amount_minor": 5_000,
            "ceiling_minor": 12_000,
            **terms,
        },
    )


def ready(local, name="pm_card_visa", **terms):
    org = client()
    rule(org, save_card(local, org, name), **terms)
    return org


def round_of_jobs():
    jobs.plan_top_ups()
    run_jobs()


def charged(local, org):
    found = local.client.v1.payment_intents.list({"customer": customer(org), "limit": 100}).data
    return [row.amount for row in found if row.status == "succeeded"]


def test_below_the_floor_the_card_is_charged_once(local):
    org = ready(local)
    deposit(org.pk, 2_000)
    round_of_jobs()
    assert states(org) == []  # at the floor, not below it
    TopUpRule.objects.update(floor_minor=2_001)
    pass_time(minutes=6)
    for _ in range(3):
        round_of_jobs()
    assert states(org) == [("top_up", "paid")]
    assert (prepaid(org), charged(local, org)) == (7_000, [5_000])


def test_never_two_at_once_and_never_over_the_months_ceiling(local):
    org = ready(local, floor_minor=90_000)
    jobs.plan_top_ups()
    pass_time(minutes=6)
    jobs.plan_top_ups()  # the first is not charged yet
    assert states(org) == [("top_up", "created")]
    run_jobs()
    for _ in range(4):
        pass_time(minutes=6)
        round_of_jobs()
    assert charged(local, org) == [5_000, 5_000]
    began = clock.now().replace(day=1)
    pass_time(days=(began + dt.timedelta(days=32) - clock.now()).days + 1)  # the next month
    round_of_jobs()
    assert charged(local, org) == [5_000] * 3
    assert_cash_agrees(local)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pm_card_chargeCustomerFail", "Your card was declined."),
        ("pm_card_authenticationRequired", "This transaction requires authentication."),
    ],
)
def test_after_three_refusals_in_a_row_it_is_switched_off_and_the_owners_are_told(
    local, name, words
):
    org = ready(local, name)
    waits = (dt.timedelta(minutes=59), dt.timedelta(hours=23), dt.timedelta(hours=23))
    for wait in waits:
        round_of_jobs()
        pass_time(seconds=wait.total_seconds())
        before = len(states(org))
        round_of_jobs()
        assert len(states(org)) == before  # not yet
        pass_time(hours=2)
    pass_time(days=5)
    round_of_jobs()
    assert states(org) == [("top_up", "failed")] * 3
    row = TopUpRule.objects.get()
    assert (row.active, row.failures) == (False, 3)
    assert row.off_reason.startswith("Switched off after three failures in a row, the last: ")
    assert words in row.off_reason
    texts = list(Notice.objects.order_by("created_at").values_list("text", flat=True))
    assert ["We try again later." in text for text in texts] == [True, True, False]
    assert "is switched off" in texts[2]
    assert Notice.objects.first().user == org.memberships.get().user
    card = save_card(local, org)
    rule(org, card)
    round_of_jobs()
    assert TopUpRule.objects.get().failures == 0
    assert prepaid(org) == 5_000


def test_a_success_forgets_earlier_failures(local):
    org = ready(local, "pm_card_chargeCustomerFail")
    round_of_jobs()
    TopUpRule.objects.update(card=save_card(local, org))
    pass_time(hours=2)
    round_of_jobs()
    assert states(org) == [("top_up", "failed"), ("top_up", "paid")]
    assert TopUpRule.objects.get().failures == 0


FAULTS = ("drop_before", "drop_after", "500_before", "500_after", "429", "409", "401", "bad_json")


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_befalls_the_call_the_card_is_charged_once(local, fault):
    org = ready(local)
    jobs.plan_top_ups()
    row = Deposit.objects.get()
    local.stripe.add_fault(fault, path="/v1/payment_intents$")
    with pytest.raises((StripeUnanswered, StripeNotNow)):
        charging.charge(row.pk, by=BY)
    for _ in range(6):
        pass_time(hours=1)
        jobs.recheck_deposits()
        run_jobs()
    row.refresh_from_db()
    once = row.state == "paid" and charged(local, org) == [5_000]
    stuck = row.state == "created" and charged(local, org) == []  # its key repeats the 500
    assert once or (fault == "500_before" and stuck)
    pass_time(hours=20)
    jobs.recheck_deposits()
    row.refresh_from_db()
    if fault == "500_before":
        assert (row.state, row.failure) == ("failed", charging.GONE)
        assert charged(local, org) == []
    else:
        assert (row.state, prepaid(org), charged(local, org)) == ("paid", 5_000, [5_000])
        assert_cash_agrees(local)


def test_a_worker_killed_at_any_point_charges_once(local, monkeypatch):
    """The try is committed before the call; what is found afterwards is booked, not paid again."""
    killer, at, points = Killer(monkeypatch), 1, []
    while True:
        org = ready(local)
        jobs.plan_top_ups()
        OutboxMessage.objects.all().delete()
        row = Deposit.objects.get(organization=org)
        point = killer.run(at, lambda row=row: charging.charge(row.pk, by=BY))
        if point is None:
            break
        points.append(point)
        pass_time(minutes=30)
        jobs.recheck_deposits()
        assert (prepaid(org), charged(local, org)) == (5_000, [5_000]), point
        at += 1
    assert "after post v1/payment_intents" in points
    assert len(points) >= 6
    assert_cash_agrees(local)


@pytest.mark.concurrency
def test_many_workers_at_once_begin_and_charge_one(local):
    org = ready(local)
    values(times(4, jobs.plan_top_ups))
    row = Deposit.objects.get(organization=org)

    def charge():
        with suppress(StripeNotNow):  # another one's call is under way
            charging.charge(row.pk, by=BY)

    values(times(4, charge))
    pass_time(minutes=6)
    jobs.recheck_deposits()
    assert (prepaid(org), charged(local, org)) == (5_000, [5_000])


def test_the_database_holds_one_top_up_at_once(local):
    org = ready(local)
    jobs.plan_top_ups()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deposit.objects.create(
            organization=org, currency="usd", amount_minor=1, method="top_up", card="pm_1"
        )


def test_a_lost_answer_is_booked_by_its_event(local):
    org = ready(local)
    jobs.plan_top_ups()
    row = Deposit.objects.get()
    local.stripe.add_fault("drop_after", path="/v1/payment_intents$")
    with pytest.raises(StripeUnanswered):
        charging.charge(row.pk, by=BY)
    OutboxMessage.objects.all().delete()
    (intent,) = local.client.v1.payment_intents.list({"customer": customer(org)}).data
    for number in range(2):
        told("payment_intent.succeeded", intent.id, f"evt_{number}")
    assert prepaid(org) == 5_000


def test_a_payment_under_way_is_waited_for(local):
    ready(local)
    jobs.plan_top_ups()
    row = Deposit.objects.get()
    charging.charge(row.pk, by=BY)
    Deposit.objects.filter(pk=row.pk).update(state="created", payment_intent=None, paid_at=None)
    store = local.stripe.state.store
    (intent,) = store.newest_first("payment_intent")
    intent["status"] = "processing"
    charging.settle(intent["id"], by=BY)
    row.refresh_from_db()
    assert row.state == "created"
    intent["status"] = "canceled"
    charging.settle(intent["id"], by=BY)
    row.refresh_from_db()
    assert (row.state, row.failure) == ("failed", charging.STUCK)
    charging.settle(intent["id"], by=BY)  # its event once more: one failure is counted once
    assert TopUpRule.objects.get().failures == 1
    assert Notice.objects.count() == 1


def test_a_key_used_for_something_else_is_a_persons(local):
    ready(local)
    jobs.plan_top_ups()
    row = Deposit.objects.get()
    charging.charge(row.pk, by=BY)
    Deposit.objects.filter(pk=row.pk).update(
        state="created", amount_minor=5_001, first_tried_at=None, payment_intent=None, paid_at=None
    )
    charging.charge(row.pk, by=BY)
    assert Difference.objects.get().kind == "deposit_key"


def test_cash_that_went_elsewhere_meanwhile_is_not_waited_for(local):
    org = client()
    save_card(local, org)
    row = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=900, method="cash_balance"
    )
    charging.charge(row.pk, by=BY)
    row.refresh_from_db()
    missing = "The customer's cash balance does not cover this payment."
    assert (row.state, row.failure) == ("failed", missing)
    assert TopUpRule.objects.count() == 0


def test_a_payment_that_would_wait_for_a_transfer_is_given_up(local):
    """Its money would come later than we want to wait, in parts perhaps: nothing of it is kept."""
    org = client()
    save_card(local, org)
    row = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=900, method="cash_balance"
    )
    wire(local, org, 300)
    waits = local.client.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "usd",
            "customer": customer(org),
            "payment_method_data": {"type": "customer_balance"},
            "metadata": {"deposit": str(row.pk)},
            "confirm": True,
        }
    )
    assert waits.status == "requires_action"
    charging.settle(waits.id, by=BY)
    row.refresh_from_db()
    assert (row.state, row.failure) == ("failed", charging.STUCK)
    (intent,) = local.client.v1.payment_intents.list().data
    assert intent.status == "canceled"
    assert read_cash(customer(org)) == {"usd": 300}


def test_a_failure_without_a_rule_is_only_the_deposits(local):
    org = ready(local, "pm_card_chargeCustomerFail")
    jobs.plan_top_ups()
    TopUpRule.objects.all().delete()
    run_jobs()
    assert states(org) == [("top_up", "failed")]
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"currency": "kwd"}, "/currency"),
        ({"amount_minor": 49}, "/amount_minor"),
        ({"amount_minor": 10**9}, "/amount_minor"),
        ({"floor_minor": 0}, "/floor_minor"),
        ({"ceiling_minor": 4_999}, "/ceiling_minor"),
        ({"ceiling_minor": 10**15}, "/ceiling_minor"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(local, terms, pointer):
    org = client()
    card = save_card(local, org)
    with pytest.raises(Refused) as refusal:
        rule(org, card, **terms)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]
    assert not TopUpRule.objects.exists()


def test_only_the_organizations_own_present_card_is_taken(local):
    org, other = client(), client()
    card = save_card(local, org)
    with pytest.raises(Refused):
        rule(other, card)
    rule(org, card)
    with pytest.raises(Refused, match="Switch the automatic top-up off first"):
        cards.remove(organization_id=org.pk, card_id=card.pk, by=BY)
    topups.switch_off(organization_id=org.pk, currency="usd", by=BY)
    cards.remove(organization_id=org.pk, card_id=card.pk, by=BY)
    round_of_jobs()
    assert states(org) == []
    for refused in (
        lambda: rule(org, card),
        lambda: cards.remove(organization_id=org.pk, card_id=card.pk, by=BY),
        lambda: topups.switch_off(organization_id=other.pk, currency="usd", by=BY),
    ):
        with pytest.raises(Refused):
            refused()
    assert topups._begin(other.pk, "usd", by=BY) is False


def test_a_card_is_saved_on_stripes_page_and_known_afterwards(local):
    org = client()
    here = "http://127.0.0.1:9/client/deposits/"
    url = cards.start(organization_id=org.pk, return_url=here, by=BY)
    assert local.visit(url, {"card_number": "5555555555554444", "action": "pay"}).location == here
    told("checkout.session.completed", url.rsplit("/", 1)[1])
    cards.come_back(organization_id=org.pk, by=BY)
    row = SavedCard.objects.get()
    assert (row.organization, str(row)) == (org, "Mastercard •••• 4444")
    local.client.v1.payment_methods.detach(row.stripe_method)
    cards.come_back(organization_id=org.pk, by=BY)
    assert SavedCard.objects.get().removed_at is not None
    cards.come_back(organization_id=client().pk, by=BY)  # one that Stripe does not know
    cards.refresh("cus_gone", by=BY)


def test_when_stripe_is_away_a_person_is_told_in_a_sentence(local):
    local.stripe.add_fault("500_before", path="/v1/checkout/sessions")
    with pytest.raises(Refused, match="Try again in a minute"):
        cards.start(organization_id=client().pk, return_url="http://x.org/", by=BY)
