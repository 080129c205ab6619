"""A client's money on its way in, with the real SDK against the local Stripe."""

import datetime as dt

import pytest
from django.db import transaction

from marketplace.core import clock, outbox
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments import jobs
from payments.actions import deposits, incoming
from payments.models import BillingCustomer, Deposit, LedgerAccount, LedgerEntry
from payments.selectors import balances
from payments.stripe import checkout
from payments.stripe.gateway import StripeUnanswered
from tests.support.factories_payments import BY, organization

CARD = {"card": "4242424242424242"}


def ask(org, amount=10_000, currency="usd"):
    return deposits.request_deposit(
        organization_id=org.pk, currency=currency, amount_minor=amount, by=BY
    )


def run_jobs():
    """What a worker would do with the promised jobs that are due."""
    for pk, _ in outbox.due():
        row = outbox.take(pk)
        if row is not None and row.job.startswith("payments."):
            outbox.run(row)


def opened(org, **terms):
    row = ask(org, **terms)
    run_jobs()
    row.refresh_from_db()
    return row


def pay(local, row, **form):
    return local.visit(row.checkout_url, {**PAY, **form})


PAY = {"card_number": "4242424242424242", "action": "pay"}


@pytest.mark.parametrize(
    ("currency", "amount", "pointer"),
    [
        ("xxx", 1000, "/currency"),
        ("kwd", 1000, "/currency"),
        ("USD", 1000, "/currency"),
        ("usd", 49, "/amount_minor"),
        ("usd", 0, "/amount_minor"),
        ("usd", -1000, "/amount_minor"),
        ("jpy", 49, "/amount_minor"),
        ("usd", 100_000_000, "/amount_minor"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_charged_is_refused(currency, amount, pointer):
    with pytest.raises(Refused) as refusal:
        ask(organization(), amount, currency)
    assert (refusal.value.status, [fault.pointer for fault in refusal.value.faults]) == (
        422,
        [pointer],
    )
    assert not Deposit.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_deposit_opens_a_page_and_is_booked_once_stripe_says_paid(local):
    org = organization()
    row = opened(org)
    assert (row.state, row.checkout_session[:3]) == ("open", "cs_")
    assert row.checkout_url.startswith(local.base_url)
    deposits.settle(row.checkout_session, by=BY)
    assert balances.client(org.pk) == []  # nothing is booked before it is paid

    assert pay(local, row).status == 303
    deposits.settle(row.checkout_session, by=BY)
    deposits.settle(row.checkout_session, by=BY)
    row.refresh_from_db()
    assert (row.state, row.payment_intent[:3], row.checkout_url) == ("paid", "pi_", "")
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 10_000)]
    entry = LedgerEntry.objects.get()
    assert (entry.key, entry.data["deposit"]) == (f"fund:{row.payment_intent}", str(row.pk))
    assert list(
        AuditEntry.objects.filter(subject=f"deposit:{row.pk}").values_list("verb", flat=True)
    ) == [
        "requested_deposit",
        "deposit_paid",
    ]


def test_one_customer_for_all_deposits_of_a_client(local):
    org = organization()
    opened(org)
    opened(org, amount=500)
    assert BillingCustomer.objects.count() == 1
    assert local.stripe.summary()["calls"]["by_path"]["POST /v1/customers"] == 1


def test_a_job_killed_after_stripe_answered_finds_the_same_page_again(local):
    row = ask(organization())
    local.stripe.add_fault("drop_after", path="/v1/checkout/sessions")
    with pytest.raises(StripeUnanswered):
        deposits.open_page(row.pk, by=BY)
    deposits.open_page(row.pk, by=BY)
    row.refresh_from_db()
    found = local.client.v1.checkout.sessions.list()
    assert [one.id for one in found.data] == [row.checkout_session]


def test_a_page_is_opened_once_however_often_its_job_runs(local):
    row = opened(organization())
    deposits.open_page(row.pk, by=BY)
    assert len(local.client.v1.checkout.sessions.list().data) == 1
    assert local.stripe.summary()["calls"]["by_path"]["POST /v1/checkout/sessions"] == 1


def test_a_deposit_that_ended_while_its_page_was_opened_stays_ended(local, monkeypatch):
    row = ask(organization())
    real = checkout.open_checkout

    def opening(**terms):
        page = real(**terms)
        incoming.end(row.pk, "failed", by=BY, failure="A day is over.")
        return page

    monkeypatch.setattr(checkout, "open_checkout", opening)
    deposits.open_page(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, row.failure, row.checkout_session) == ("failed", "A day is over.", None)


def test_a_refusal_of_stripes_fails_the_deposit_with_its_words(local, settings):
    settings.SITE_URL = "not-a-url"
    row = opened(organization())
    assert row.state == "failed"
    assert row.failure


def test_a_lost_webhook_is_made_good_by_reading_again(local):
    org = organization()
    row = opened(org)
    pay(local, row)
    jobs.recheck_deposits()
    assert balances.client(org.pk) == []  # not its turn yet
    clock.advance(dt.timedelta(minutes=6))
    jobs.recheck_deposits()
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 10_000)]


def test_a_deposit_whose_job_was_lost_is_opened_by_the_sweep(local):
    row = ask(organization())
    OutboxMessage.objects.all().delete()
    clock.advance(dt.timedelta(minutes=16))
    jobs.recheck_deposits()
    row.refresh_from_db()
    assert row.state == "open"


def test_reading_again_becomes_rarer_with_age(local):
    row = opened(organization())
    clock.advance(dt.timedelta(hours=10))
    jobs.recheck_deposits()
    row.refresh_from_db()
    assert 1.9 < (row.next_check_at - clock.now()).total_seconds() / 3600 < 2.1


def test_an_expired_page_ends_the_deposit(local):
    row = opened(organization())
    local.stripe.advance(25 * 3600)
    deposits.settle(row.checkout_session, by=BY)
    row.refresh_from_db()
    assert (row.state, row.checkout_url) == ("expired", "")


def test_a_declined_card_leaves_the_deposit_open(local):
    org = organization()
    row = opened(org)
    pay(local, row, card_number="4000000000000002")
    deposits.settle(row.checkout_session, by=BY)
    row.refresh_from_db()
    assert row.state == "open"
    pay(local, row)
    deposits.settle(row.checkout_session, by=BY)
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 10_000)]


def test_yen_have_no_cents(local):
    org = organization()
    row = opened(org, amount=500, currency="jpy")
    pay(local, row)
    deposits.settle(row.checkout_session, by=BY)
    assert balances.client(org.pk) == [balances.ClientBalance("jpy", 500)]
    assert local.stripe.summary()["charges"]["jpy"]["amount"] == 500


def test_a_page_that_is_not_the_deposits_is_refused(local):
    row = opened(organization())
    pay(local, row)
    Deposit.objects.filter(pk=row.pk).update(amount_minor=9_999)
    with pytest.raises(Refused) as refusal:
        deposits.settle(row.checkout_session, by=BY)
    assert refusal.value.code == "deposit_differs"
    assert not LedgerAccount.objects.exists()


def test_a_page_of_somebody_else_is_left_alone(local):
    session = local.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 900,
                        "product_data": {"name": "x"},
                    },
                }
            ],
        }
    )
    deposits.settle(session.id, by=BY)
    assert not LedgerEntry.objects.exists()


def test_stripe_is_never_called_inside_a_transaction(local):
    row = ask(organization())
    with pytest.raises(RuntimeError), transaction.atomic():
        deposits.open_page(row.pk, by=BY)
    assert local.stripe.calls == []
