"""Webhooks: signed as Stripe signs, delivered at least once, and forgeries that the SDK refuses."""

import json
import time

import pytest
import stripe

from payments.devstripe.signing import sign

SECRET, THIN_SECRET = "whsec_snapshot", "whsec_thin"
CAPABILITY = "v2.core.account[configuration.recipient].capability_status_updated"


@pytest.fixture
def wired(devstripe, inbox):
    """A local Stripe whose events go to the inbox."""
    devstripe.stripe.add_webhook(f"{inbox.url}/stripe", SECRET)
    devstripe.stripe.add_webhook(f"{inbox.url}/thin", THIN_SECRET, thin=True)
    return devstripe


def settled(devstripe, inbox):
    """The letters, once nothing is on its way any more."""
    assert devstripe.stripe.courier.idle(10)
    return list(inbox.letters)


def test_a_payment_is_told_in_order_and_verified_by_the_sdk(wired, inbox):
    intent = wired.fund(10_000)
    letters = settled(wired, inbox)
    assert inbox.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    for letter in letters:
        event = stripe.Webhook.construct_event(letter.body, letter.signature, SECRET)
        assert (event.api_version, event.livemode) == ("2026-10-28.endive", False)
        again = wired.client.construct_event(letter.body, letter.signature, SECRET)
        assert again.id == event.id
    assert event.data.object.id == intent.id
    assert event.request.id.startswith("req_")


def test_the_event_carries_the_object_of_that_moment_and_the_key(wired, inbox):
    account = wired.onboarded()
    wired.fund(10_000)
    made = wired.client.v1.transfers.create(
        {"amount": 500, "currency": "usd", "destination": account.id, "metadata": {"payout": "1"}},
        {"idempotency_key": "payout:1:1"},
    )
    wired.client.v1.transfers.reversals.create(made.id, {"amount": 100})
    settled(wired, inbox)
    told = {
        letter.event["type"]: letter.event
        for letter in inbox.letters
        if "transfer" in letter.event["type"]
    }
    assert told["transfer.created"]["data"]["object"]["amount_reversed"] == 0
    assert told["transfer.created"]["data"]["object"]["metadata"] == {"payout": "1"}
    assert told["transfer.created"]["request"]["idempotency_key"] == "payout:1:1"
    assert told["transfer.reversed"]["data"]["object"]["amount_reversed"] == 100


def test_a_checkout_page_tells_of_its_session(wired, inbox):
    session = wired.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 900,
                        "product_data": {"name": "F"},
                    }
                }
            ],
        }
    )
    wired.visit(session.url, {"action": "decline"})
    wired.visit(session.url, {"action": "pay", "card_number": "4242424242424242"})
    letters = settled(wired, inbox)
    assert inbox.types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    last = letters[-1].event
    assert last["data"]["object"]["payment_status"] == "paid"
    assert last["request"] == {"id": None, "idempotency_key": None}


def test_onboarding_is_told_by_thin_events(wired, inbox):
    account = wired.onboarded()
    letters = settled(wired, inbox)
    # the bank is told of by a snapshot event (v1), the account itself by thin ones
    assert [kind for kind in inbox.types() if kind.startswith("account.")] == [
        "account.external_account.created"
    ]
    letters = [letter for letter in letters if letter.event["type"].startswith("v2.")]
    assert [letter.event["type"] for letter in letters] == [
        "v2.core.account.created",
        "v2.core.account[requirements].updated",
        CAPABILITY,
        CAPABILITY,
        "v2.core.account_link.returned",
    ]
    letter = letters[2]
    note = wired.client.parse_event_notification(letter.body, letter.signature, THIN_SECRET)
    assert (note.type, note.related_object.id) == (CAPABILITY, account.id)
    assert "data" not in letter.event
    assert note.fetch_related_object().id == account.id
    event = note.fetch_event()
    assert event.data.updated_capability == "stripe_balance.stripe_transfers"
    returned = wired.client.parse_event_notification(
        letters[4].body, letters[4].signature, THIN_SECRET
    ).fetch_event()
    assert (returned.data.account_id, returned.data.use_case) == (account.id, "account_onboarding")


def test_a_thin_event_is_no_snapshot(wired, inbox):
    wired.account()
    letter = settled(wired, inbox)[0]
    with pytest.raises(ValueError, match="thin event notification"):
        stripe.Webhook.construct_event(letter.body, letter.signature, THIN_SECRET)


def test_forged_and_stale_letters_are_refused_by_the_sdk(wired, inbox):
    wired.fund(10_000)
    letter = settled(wired, inbox)[0]
    verify = stripe.Webhook.construct_event
    changed = letter.body.replace(b"payment_intent", b"payment_intenT", 1)
    for body, signature, secret in (
        (changed, letter.signature, SECRET),
        (letter.body, letter.signature, "whsec_other"),
        (letter.body, sign(letter.body, "whsec_other", int(time.time())), SECRET),
        (letter.body, sign(letter.body, SECRET, int(time.time()) - 400), SECRET),
        (letter.body, "t=1,v1=00", SECRET),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            verify(body, signature, secret)
    assert verify(letter.body, sign(letter.body, SECRET, int(time.time()) - 200), SECRET)


@pytest.mark.parametrize("change", [{"secret": "whsec_forged"}, {"timestamp_shift": -400}])
def test_the_courier_can_forge(wired, inbox, change):
    wired.stripe.webhooks(**change)
    wired.fund(10_000)
    for letter in settled(wired, inbox):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(letter.body, letter.signature, SECRET)


def test_the_signed_time_is_the_machines_even_when_the_clock_moved(wired, inbox):
    wired.stripe.advance(30 * 86_400)
    wired.fund(10_000)
    letter = settled(wired, inbox)[0]
    event = stripe.Webhook.construct_event(letter.body, letter.signature, SECRET)
    assert event.created > time.time() + 29 * 86_400


def test_a_failed_delivery_is_tried_again(wired, inbox):
    wired.stripe.webhooks(retry_seconds=0.01)
    inbox.answers = [500, 302, 200]
    wired.client.v1.customers.create({"name": "A"})
    letters = settled(wired, inbox)
    assert len({letter.event["id"] for letter in letters}) == 1
    assert [one.status for one in wired.stripe.courier.log] == [500, 302, 200]
    assert [one.attempt for one in wired.stripe.courier.log] == [1, 2, 3]


def test_deliveries_are_given_up_in_the_end_and_found_by_the_events_list(wired, inbox):
    wired.stripe.webhooks(retry_seconds=0.0, attempts=3)
    inbox.answers = [500, 500, 500]
    wired.client.v1.customers.create({"name": "A"})
    settled(wired, inbox)
    wired.client.v1.customers.create({"name": "B"})
    settled(wired, inbox)
    events = wired.client.v1.events.list
    lost = events({"delivery_success": False}).data
    assert [event.data.object.name for event in lost] == ["A"]
    assert [event.data.object.name for event in events({"delivery_success": True}).data] == ["B"]


def test_nobody_listens(devstripe):
    devstripe.stripe.webhooks(retry_seconds=0.0, attempts=2)
    devstripe.stripe.add_webhook("http://127.0.0.1:9/stripe", SECRET)
    devstripe.client.v1.customers.create({"name": "A"})
    assert devstripe.stripe.courier.idle(10)
    assert [one.status for one in devstripe.stripe.courier.log] == [0, 0]


def test_manual_mode_waits_for_the_word(wired, inbox):
    wired.stripe.webhooks(mode="manual")
    wired.fund(10_000)
    assert wired.stripe.courier.pending() == 3
    assert inbox.letters == []
    sent = wired.stripe.flush_webhooks()
    assert [one.status for one in sent] == [200, 200, 200]
    assert len(inbox.letters) == 3
    assert wired.stripe.flush_webhooks() == []


@pytest.mark.parametrize("order", ["reverse", "shuffle"])
def test_order_copies_and_losses_are_chosen(wired, inbox, order):
    wired.stripe.webhooks(mode="manual", copies=2, order=order, seed=3, drop=("charge.succeeded",))
    wired.fund(10_000)
    wired.stripe.flush_webhooks()
    created, succeeded = "payment_intent.created", "payment_intent.succeeded"
    assert sorted(inbox.types()) == [created, created, succeeded, succeeded]
    assert inbox.types() != sorted(inbox.types())
    lost = wired.client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in lost] == ["charge.succeeded"]


def test_an_endpoint_may_want_some_types_only(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, SECRET, types=("transfer.created", "charge.succeeded"))
    devstripe.fund(10_000)
    settled(devstripe, inbox)
    assert inbox.types() == ["charge.succeeded"]


def test_events_of_a_connected_account_name_it(wired, inbox):
    account = wired.onboarded()
    wired.fund(10_000)
    wired.client.v1.transfers.create({"amount": 500, "currency": "usd", "destination": account.id})
    wired.stripe.advance(4 * 86_400)
    settled(wired, inbox)
    told = [letter.event for letter in inbox.letters if letter.event["type"].startswith("payout.")]
    assert [(event["type"], event["account"]) for event in told] == [
        ("payout.created", account.id),
        ("payout.paid", account.id),
    ]
    listed = wired.client.v1.events.list({"types": ["payout.paid"]}, {"stripe_account": account.id})
    assert [event.id for event in listed.data] == [told[1]["id"]]
    assert wired.client.v1.events.list({"types": ["payout.paid"]}).data == []


def test_settled_money_is_announced(wired, inbox):
    wired.client.v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    wired.stripe.advance(2 * 86_400 + 1)
    settled(wired, inbox)
    assert inbox.types()[-1] == "balance.available"
    assert inbox.letters[-1].event["data"]["object"]["available"][0]["amount"] == 9_680


def test_both_event_lists_go_back_30_days(wired, inbox):
    account = wired.account()
    wired.client.v1.customers.create({"name": "A"})
    old = wired.client.v1.events.list().data[0]
    assert wired.client.v1.events.retrieve(old.id).type == "customer.created"
    thin = wired.client.v2.core.events.list({"object_id": account.id}).data
    assert [event.type for event in thin] == ["v2.core.account.created"]
    assert wired.client.v2.core.events.list({"object_id": "acct_other"}).data == []
    assert wired.client.v2.core.events.list({"types": ["v2.core.account.closed"]}).data == []
    since = {"created": {"gte": thin[0].created}}
    assert len(wired.client.v2.core.events.list(since).data) == 1
    wired.stripe.advance(30 * 86_400)
    assert wired.client.v1.events.list().data == []
    assert wired.client.v2.core.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError):
        wired.client.v1.events.retrieve(old.id)
    with pytest.raises(stripe.InvalidRequestError):
        wired.client.v2.core.events.retrieve(thin[0].id)


def test_a_receiver_may_call_back_before_it_answers(wired, inbox):
    """The courier holds no lock while it waits for the receiver."""
    wired.stripe.webhooks(mode="manual")
    wired.fund(10_000)
    seen = []
    inbox.on_letter = lambda letter: seen.append(
        wired.sdk()
        .v1.payment_intents.retrieve(json.loads(letter.body)["data"]["object"]["id"])
        .status
        if letter.event["type"].startswith("payment_intent")
        else None
    )
    assert [one.status for one in wired.stripe.flush_webhooks()] == [200, 200, 200]
    assert seen == ["succeeded", None, "succeeded"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [({"account": "acct_other"}, ("acct_other", False)), ({"livemode": True}, (None, True))],
)
def test_events_of_another_account_or_mode_can_be_forged(wired, inbox, change, seen):
    """The signature is right: who receives them must look at the account and the mode."""
    wired.stripe.webhooks(**change)
    wired.client.v1.customers.create({"name": "A"})
    (letter,) = settled(wired, inbox)
    event = stripe.Webhook.construct_event(letter.body, letter.signature, SECRET)
    assert (getattr(event, "account", None), event.livemode) == seen
    (kept,) = wired.client.v1.events.list().data
    assert (getattr(kept, "account", None), kept.livemode) == (None, False)


def test_letters_can_be_kept_on_their_way(wired, inbox):
    wired.stripe.webhooks(delay_seconds=0.4)
    began = time.monotonic()
    wired.client.v1.customers.create({"name": "A"})
    assert len(settled(wired, inbox)) == 1
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "fast"},
        {"order": "random"},
        {"copies": 0},
        {"attempts": 0},
        {"delay_seconds": -1},
        {"retry_seconds": -1},
    ],
)
def test_options_that_make_no_sense_are_refused(devstripe, wrong):
    with pytest.raises(ValueError, match="please|mode is"):
        devstripe.stripe.webhooks(**wrong)
    with pytest.raises(ValueError, match="needs an http"):
        devstripe.stripe.add_webhook("ftp://x", SECRET)
