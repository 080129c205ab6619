"""Stripe's door: what is let in, what it does, and what it does not."""

import hashlib
import hmac
import itertools
import json
import time

import pytest
from django.test import Client

from accounts.models import Notice
from marketplace.core.models import OutboxMessage
from payments import jobs
from payments.actions import deposits, events, payouts
from payments.models import ConnectedAccount, Deposit, LedgerEntry, StripeEvent
from payments.selectors import balances
from tests.payments.money import at_stripe, pass_time, purse, run_jobs
from tests.support.factories_payments import BY, annotator, earn_payable, organization
from tests.support.races import at_once, times, values

SECRET, THIN_SECRET = "whsec_tests", "whsec_tests_thin"
SNAPSHOT, THIN = "/webhooks/stripe/", "/webhooks/stripe/thin/"
PAY = {"card_number": "4242424242424242", "action": "pay"}


def event(kind="checkout.session.completed", object_id="cs_1", **other):
    return {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "livemode": False,
        "data": {"object": {"id": object_id}},
        **other,
    }


def signature(body, secret=SECRET, at=None):
    stamp = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def post(body, *, url=SNAPSHOT, header=None, **signing):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if header == "" else {"Stripe-Signature": header or signature(raw, **signing)}
    return Client(enforce_csrf_checks=True).post(
        url, raw, content_type="application/json", headers=headers
    )


@pytest.mark.django_db
def test_an_event_is_stored_and_promised_once():
    first, again = post(event()), post(event())
    assert (first.status_code, first.json()) == (200, {"received": True, "new": True})
    assert (again.status_code, again.json()) == (200, {"received": True, "new": False})
    row = StripeEvent.objects.get()
    assert (row.pk, row.type, row.object_id, row.state) == (
        "evt_1",
        "checkout.session.completed",
        "cs_1",
        "received",
    )
    assert row.payload == event()
    (promised,) = OutboxMessage.objects.all()
    assert (promised.job, promised.args) == ("payments.apply_event", {"event_id": "evt_1"})


@pytest.mark.django_db
def test_a_type_that_nobody_handles_is_stored_and_ignored():
    """Scenario 26: an unknown type is stored, ignored, and answered with 200."""
    assert post(event("customer.created")).status_code == 200
    assert StripeEvent.objects.get().state == "ignored"
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_what_happens_inside_a_connected_account_moves_nothing_of_ours():
    """Scenario 22: the same type of event, of somebody else's objects."""
    assert post(event(account="acct_1")).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.state, row.account) == ("ignored", "acct_1")
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_each_secret_of_a_rotation_is_taken(settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", "whsec_new"]
    assert post(event(), secret="whsec_new").status_code == 200
    assert post(event(id="evt_2"), secret="whsec_old").status_code == 200
    assert post(event(id="evt_3"), secret=SECRET).status_code == 400


NOW = time.time()
FORGERIES = {
    "no signature": lambda: post(event(), header=""),
    "nonsense for a signature": lambda: post(event(), header="v1=abc"),
    "no time": lambda: post(event(), header="t=,v1=abc"),
    "another secret": lambda: post(event(), secret="whsec_other"),
    "the other endpoint's secret": lambda: post(event(), secret=THIN_SECRET),
    "a body that was changed": lambda: post(
        event(id="evt_2"), header=signature(json.dumps(event()).encode())
    ),
    "six minutes old": lambda: post(event(), at=int(time.time()) - 360),
    "from the future": lambda: post(event(), at=int(time.time()) + 360),
    "live": lambda: post(event(livemode=True)),
    "no mode": lambda: post({k: v for k, v in event().items() if k != "livemode"}),
    "a thin event at the wrong door": lambda: post(event(object="v2.core.event")),
    "a snapshot at the thin door": lambda: post(event(), url=THIN, secret=THIN_SECRET),
    "not JSON": lambda: post(b"{"),
    "a list": lambda: post([event()]),
    "no id": lambda: post(event(id=None)),
    "not UTF-8": lambda: post(b"\xff\xfe"),
    "nested too deep": lambda: post(b"[" * 100_000),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.django_db
def test_what_is_not_stripes_is_refused_and_nothing_is_stored(forgery):
    """Scenario 22: forged, stale, future-dated, of the wrong secret, of the other mode."""
    answer = FORGERIES[forgery]()
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not StripeEvent.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_only_posts_are_taken():
    assert Client().get(SNAPSHOT).status_code == 405


@pytest.mark.django_db
def test_text_that_postgresql_cannot_store_does_not_stop_an_event():
    assert (
        post(event(note="a\u0000b\ud800", data={"object": {"id": "cs_\u00001"}})).status_code == 200
    )
    row = StripeEvent.objects.get()
    assert (row.payload["note"], row.object_id) == ("ab?", "cs_1")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_one_event_five_times_at_once_has_one_effect():
    """Scenario 20: Stripe may deliver a webhook more than once, also at the same moment."""
    assert [answer.status_code for answer in values(times(5, lambda: post(event())))] == [200] * 5
    assert StripeEvent.objects.count() == OutboxMessage.objects.count() == 1


@pytest.mark.concurrency
def test_five_copies_and_five_workers_at_once_book_a_deposit_once(local):
    """Scenario 20: to its end. The control: under other numbers the five are five, booked once."""
    org = organization()
    for round_, names in enumerate((["evt_1"] * 5, [f"evt_c{number}" for number in range(5)])):
        row = opened(org)
        local.visit(row.checkout_url, PAY)
        letters = [event(object_id=row.checkout_session, id=name) for name in names]
        answers = values(at_once(*[lambda letter=letter: post(letter) for letter in letters]))
        assert [answer.status_code for answer in answers] == [200] * 5
        assert sum(answer.json()["new"] for answer in answers) == len(set(names))
        values(at_once(*[lambda name=name: events.apply(name, by=BY) for name in names]))
        run_jobs()
        assert StripeEvent.objects.filter(state="applied").count() == (1, 6)[round_]
        assert LedgerEntry.objects.filter(key=f"fund:{paid_by(row)}").count() == 1
        assert balances.client(org.pk) == [balances.ClientBalance("usd", 5000 * (round_ + 1))]


def paid_by(row):
    row.refresh_from_db()
    return row.payment_intent


def carry(local, live_server, **options):
    """Let the local Stripe sign and deliver its webhooks to our door."""
    local.stripe.add_webhook(live_server.url + SNAPSHOT, SECRET)
    local.stripe.add_webhook(live_server.url + THIN, THIN_SECRET, thin=True)
    local.stripe.webhooks(mode="manual", **options)


def opened(org):
    row = deposits.request_deposit(organization_id=org.pk, currency="usd", amount_minor=5000, by=BY)
    run_jobs()
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    "options", [{}, {"copies": 3, "order": "reverse"}, {"copies": 2, "order": "shuffle", "seed": 4}]
)
def test_a_payment_is_booked_by_its_webhook_whatever_the_order(local, live_server, options):
    carry(local, live_server, **options)
    org = organization()
    row = opened(org)
    local.visit(row.checkout_url, PAY)
    assert {letter.status for letter in local.stripe.flush_webhooks()} == {200}
    run_jobs()
    row.refresh_from_db()
    assert row.state == "paid"
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 5000)]
    assert LedgerEntry.objects.count() == 1
    states = dict(StripeEvent.objects.values_list("type", "state"))
    assert states["checkout.session.completed"] == "applied"
    assert states["charge.succeeded"] == "ignored"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_of_a_payments_events_ends_the_same(local, order):
    """Scenario 21: completed, expired and a late `completed` again: the page is read, not the event."""
    org = organization()
    row = opened(org)
    local.visit(row.checkout_url, PAY)
    kinds = [
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_failed",
    ]
    for number in order:
        events.take_in(
            event(kinds[number], row.checkout_session, id=f"evt_{number}"), livemode=False
        )
        run_jobs()
    row.refresh_from_db()
    assert row.state == "paid"
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 5000)]


def test_a_forged_completion_books_nothing(local, live_server):
    """Even with a right signature: the page at Stripe is not paid."""
    org = organization()
    row = opened(org)
    assert post(event(object_id=row.checkout_session)).status_code == 200
    run_jobs()
    row.refresh_from_db()
    assert row.state == "open"
    assert balances.client(org.pk) == []


def test_an_event_whose_object_is_gone_is_tried_eight_times_and_parked(local):
    """Scenario 25: a poison event stops nobody else."""
    events.take_in(event(object_id="cs_gone"), livemode=False)
    for _ in range(9):
        run_jobs()
        pass_time(minutes=10)
    (parked,) = OutboxMessage.objects.all()
    assert (parked.state, parked.attempts) == ("dead", 8)
    assert "resource_missing" in parked.last_error
    assert StripeEvent.objects.get().state == "received"


def test_a_transfer_event_settles_a_payout_whose_answer_was_lost(local, live_server):
    carry(local, live_server)
    local.fund(50_000)
    who = at_stripe(local)
    earn_payable(who, 1000)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    local.stripe.add_fault("drop_after", path="/v1/transfers$")
    run_jobs()
    row.refresh_from_db()
    assert row.state == "unknown"
    local.stripe.flush_webhooks()
    run_jobs()
    row.refresh_from_db()
    assert (row.state, purse(who)) == ("sent", (0, 0, 0))


def test_the_capability_is_read_again_at_each_thin_event(local, live_server):
    carry(local, live_server)
    who = annotator()
    account = local.account()
    ConnectedAccount.objects.create(annotator=who, stripe_account=account.id)
    for status in ("active", "restricted", "active", "rejected"):
        local.stripe.set_transfers(account.id, status)
        local.stripe.flush_webhooks()
        run_jobs()
        assert ConnectedAccount.objects.get().transfers == status
    told = (
        Notice.objects.filter(user=who.user).order_by("created_at").values_list("text", flat=True)
    )
    assert [text.split(":")[0].split(".")[0] for text in told] == [
        "Your payout set-up is complete",
        "Stripe cannot send you money at the moment",
        "Your payout set-up is complete",
        "Stripe cannot send you money at the moment",
    ]
    assert OutboxMessage.objects.filter(job="tasks.refresh_annotator").count() == 4
    assert Deposit.objects.count() == 0


def test_an_event_is_applied_once(local, monkeypatch):
    """Its job is run again, and two workers have it at once."""
    row = opened(organization())
    local.visit(row.checkout_url, PAY)
    events.take_in(event(object_id=row.checkout_session), livemode=False)
    closed = []

    def settling(object_id, *, by):
        deposits.settle(object_id, by=by)
        if not closed:
            closed.append(None)
            events.apply("evt_1", by=by)  # another worker, and it is the faster one
            closed[0] = StripeEvent.objects.get().applied_at

    monkeypatch.setitem(events.HANDLERS, "checkout.session.completed", settling)
    events.apply("evt_1", by=BY)
    assert StripeEvent.objects.get().applied_at == closed[0] is not None
    asked = len(local.stripe.calls)
    events.apply("evt_1", by=BY)
    assert len(local.stripe.calls) == asked
    assert LedgerEntry.objects.count() == 1


def test_an_event_that_was_given_up_is_applied_once_stripe_is_back(local):
    org = organization()
    row = opened(org)
    local.visit(row.checkout_url, PAY)
    events.take_in(event(object_id=row.checkout_session), livemode=False)
    local.stripe.add_fault("500_before", method="GET", path="/v1/checkout", times=99)
    for _ in range(9):
        run_jobs()
        pass_time(minutes=10)
    assert OutboxMessage.objects.get(job="payments.apply_event").state == "dead"
    jobs.apply_events()
    assert balances.client(org.pk) == []
    local.stripe.clear_faults()
    jobs.apply_events()
    jobs.apply_events()
    assert balances.client(org.pk) == [balances.ClientBalance("usd", 5000)]
    assert StripeEvent.objects.get().state == "applied"


def test_a_lost_event_of_an_account_is_made_good(local):
    who = annotator()
    account = local.account()
    ConnectedAccount.objects.create(annotator=who, stripe_account=account.id)
    local.stripe.set_transfers(account.id, "active")
    jobs.recheck_accounts()
    assert ConnectedAccount.objects.get().transfers == "none"  # not its turn yet
    pass_time(hours=2)
    jobs.recheck_accounts()
    assert ConnectedAccount.objects.get().transfers == "active"
