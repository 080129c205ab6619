"""A restarted local Stripe knows what it knew: money, keys, clock, and what was still to happen."""

import signal
import subprocess
import sys
import time

import pytest
import stripe

from payments.devstripe.delivery import Hook
from tests.payments.devstripe.test_invoices import invoice, wire
from tests.support.devstripe import start_devstripe, stop_devstripe

DAY = 86_400
SECRET = "whsec_1"


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Start a local Stripe on one file, as often as the test likes; the one before is stopped."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    running = []

    def start(**options):
        if running:
            stop_devstripe(running.pop())
        running.append(start_devstripe(state_file=tmp_path / "stripe.json", **options))
        return running[0]

    yield start
    stop_devstripe(running.pop())


def charge(devstripe):
    return devstripe.client.v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )


def balance(devstripe):
    found = devstripe.client.v1.balance.retrieve()
    return found.available[0].amount, found.pending[0].amount


def test_money_keys_and_clock_outlive_a_restart(started):
    before = started()
    account = before.onboarded()
    before.fund(10_000)
    charge(before)
    before.stripe.advance(3_600)
    params = {"amount": 500, "currency": "usd", "destination": account.id}
    sent = before.client.v1.transfers.create(params, {"idempotency_key": "k"})
    now, summary = before.stripe.now(), before.stripe.summary()

    after = started()
    assert balance(after) == (9_180, 9_680)
    assert 0 <= after.stripe.now() - now <= 10
    assert after.stripe.summary()["transfers"] == summary["transfers"]
    replayed = after.client.v1.transfers.create(params, {"idempotency_key": "k"})
    assert replayed.id == sent.id
    assert replayed.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        after.client.v1.transfers.create({**params, "amount": 501}, {"idempotency_key": "k"})
    after.stripe.advance(2 * DAY)
    assert balance(after) == (9_180 + 9_680, 0)


def test_what_was_still_to_happen_happens(started):
    before = started()
    first, second = before.onboarded(), before.onboarded("000111111113")
    before.fund(10_000)
    price = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "F"}}
    session = before.client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://x/", "line_items": [{"price_data": price}]}
    )
    send = before.client.v1.transfers.create
    send({"amount": 500, "currency": "usd", "destination": second.id})
    before.stripe.advance(DAY)
    send({"amount": 700, "currency": "usd", "destination": first.id})

    after = started()
    payouts = after.client.v1.payouts
    on_its_way = payouts.list({}, {"stripe_account": second.id}).data
    assert [(one.amount, one.status) for one in on_its_way] == [(500, "in_transit")]
    after.stripe.advance(3 * DAY)
    assert [
        (one.amount, one.status, one.failure_code)
        for account in (first, second)
        for one in payouts.list({}, {"stripe_account": account.id}).data
    ] == [(700, "paid", None), (500, "failed", "account_closed")]
    assert after.client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_an_open_page_can_be_paid_after_a_restart(started):
    before = started()
    price = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "F"}}
    session = before.client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://x/", "line_items": [{"price_data": price}]}
    )
    after = started()
    url = f"{after.base_url}/pay/{session.id}"
    assert after.visit(url, {"action": "pay", "card_number": "4242424242424242"}).status == 303
    assert after.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_waiting_webhooks_find_their_endpoint_again(tmp_path, inbox):
    file, hooks = tmp_path / "stripe.json", [Hook(inbox.url, SECRET)]
    before = start_devstripe(state_file=file, hooks=hooks)
    before.stripe.webhooks(mode="manual")
    before.fund(10_000)
    stop_devstripe(before)
    assert inbox.letters == []
    after = start_devstripe(state_file=file, hooks=hooks)
    assert after.stripe.courier.idle(10)
    lost = after.client.v1.events.list({"delivery_success": False}).data
    stop_devstripe(after)
    assert inbox.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert lost == []


def run(file, *more):
    arguments = [
        sys.executable,
        "-m",
        "payments.devstripe",
        "--port",
        "0",
        "--state",
        str(file),
        *more,
    ]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_command_keeps_its_state(tmp_path, ending):
    file = tmp_path / "stripe.json"

    def customers(work):
        process = run(file)
        try:
            base = process.stdout.readline().split()[2]
            return work(stripe.StripeClient("sk_test_1", base_addresses={"api": base}).v1.customers)
        finally:
            if ending == signal.SIGKILL:
                time.sleep(
                    1.5
                )  # a killed server has had a moment to write; the last half second may be lost
            process.send_signal(ending)
            process.communicate(timeout=10)

    made = customers(lambda api: api.create({"name": "Ada"}).id)
    assert customers(lambda api: api.retrieve(made).name) == "Ada"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["stripe.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 99}', '{"format": 1, "offset": 0}']
)
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(tmp_path, text):
    file = tmp_path / "stripe.json"
    file.write_text(text)
    process = run(file)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(err.splitlines()) == 1
    assert "Remove it to begin anew." in err
    assert file.read_text() == text


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    process = run(tmp_path / "nowhere" / "stripe.json")
    _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(err.splitlines()) == 1


def test_invoices_debits_and_cash_balances_go_on_after_a_restart(started):
    before = started()
    lab = before.client.v1.customers.create({"name": "Lab", "email": "lab@example.com"})
    row = invoice(before, lab)
    wire(before, lab, 4_000)
    price = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "F"}}
    page = before.client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://x/", "line_items": [{"price_data": price}]}
    )
    before.visit(page.url, {"action": "debit"})
    after = started()
    after.stripe.advance(15 * DAY)
    assert after.client.v1.checkout.sessions.retrieve(page.id).payment_status == "paid"
    kinds = [one.type for one in after.client.v1.events.list({"limit": 100}).data]
    assert kinds.count("invoice.overdue") == 1
    wire(after, lab, 6_000)
    assert after.client.v1.invoices.retrieve(row.id).status == "paid"


def test_top_ups_schedules_endpoints_and_refunds_go_on_after_a_restart(started, inbox):
    before = started()
    v1, lab = (
        before.client.v1,
        before.client.v1.customers.create({"name": "Lab", "email": "lab@example.com"}),
    )
    row = invoice(before, lab)
    wire(before, lab, 10_000)
    bill = v1.invoices.retrieve(row.id, {"expand": ["payments"]})
    payment = bill.payments.data[0].payment.payment_intent
    claimed, unclaimed = (
        v1.refunds.create({"payment_intent": payment, "amount": amount}) for amount in (900, 700)
    )
    before.visit(f"{before.base_url}/refund/{claimed.id}", {"account_number": "000123456789"})
    topup = v1.topups.create({"amount": 5_000, "currency": "usd"})
    made = v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["topup.succeeded"]})
    weekly = {"payments": {"payouts": {"schedule": {"interval": "weekly"}}}}
    v1.balance_settings.update(weekly)
    after = started()
    after.stripe.advance(46 * DAY)
    v1 = after.client.v1
    assert v1.topups.retrieve(topup.id).status == "succeeded"
    assert [v1.refunds.retrieve(one.id).status for one in (claimed, unclaimed)] == [
        "succeeded",
        "failed",
    ]
    assert v1.customers.cash_balance.retrieve(lab.id).to_dict()["available"] == {"usd": 700}
    assert sorted(payout.amount for payout in v1.payouts.list().data) == [13_350]
    assert balance(after) == (0, 0)
    assert after.stripe.courier.idle()
    (letter,) = inbox.letters
    assert stripe.Webhook.construct_event(letter.body, letter.signature, made.secret)
    assert [one.id for one in v1.webhook_endpoints.list().data] == [made.id]
