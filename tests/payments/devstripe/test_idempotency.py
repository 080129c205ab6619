"""Idempotency keys: what is replayed, what is refused, what is forgotten."""

import threading

import pytest
import stripe

DAY = 86_400


def send(devstripe, key, amount=1_000, **more):
    params = {"amount": amount, "currency": "usd", "destination": devstripe.to, **more}
    return devstripe.client.v1.transfers.create(params, {"idempotency_key": key})


@pytest.fixture
def payer(devstripe):
    """A local Stripe with money and one account to send it to."""
    devstripe.to = devstripe.onboarded().id
    devstripe.fund(100_000)
    return devstripe


def count(devstripe):
    return devstripe.stripe.summary()["transfers"]["count"]


def test_the_same_key_makes_one_transfer(payer):
    first, again = send(payer, "k"), send(payer, "k")
    assert first.id == again.id
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.request_id
    assert count(payer) == 1


def test_another_key_makes_another_transfer(payer):
    assert send(payer, "k1").id != send(payer, "k2").id
    assert count(payer) == 2


def test_the_replay_is_the_reply_of_then_not_the_state_of_now(payer):
    first = send(payer, "k")
    payer.client.v1.transfers.reversals.create(first.id)
    assert send(payer, "k").reversed is False
    assert payer.client.v1.transfers.retrieve(first.id).reversed is True


@pytest.mark.parametrize(
    "change", [{"amount": 1_001}, {"transfer_group": "g"}, {"metadata": {"a": "b"}}]
)
def test_other_parameters_under_the_same_key_are_refused(payer, change):
    send(payer, "k")
    with pytest.raises(
        stripe.IdempotencyError, match="only be used with the same parameters"
    ) as refused:
        send(payer, "k", **change)
    assert refused.value.http_status == 400
    assert count(payer) == 1


def test_another_endpoint_under_the_same_key_is_refused(payer):
    send(payer, "k")
    with pytest.raises(stripe.IdempotencyError, match="only be used with the same endpoint"):
        payer.client.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})


def test_the_order_of_parameters_does_not_matter(payer):
    params = {"amount": 5, "currency": "usd", "destination": payer.to}
    options = {"idempotency_key": "k"}
    first = payer.client.v1.transfers.create(params, options)
    again = payer.client.v1.transfers.create(dict(reversed(params.items())), options)
    assert first.id == again.id


def test_a_refusal_is_replayed_even_when_its_reason_is_gone(payer):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(payer, "k", 10_000_000)
    assert refused.value.code == "balance_insufficient"
    payer.fund(20_000_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(payer, "k", 10_000_000)
    assert refused.value.headers["idempotent-replayed"] == "true"
    assert count(payer) == 0
    assert send(payer, "k:2", 10_000_000).amount == 10_000_000


def test_a_refused_validation_is_not_remembered(payer):
    with pytest.raises(stripe.InvalidRequestError):
        send(payer, "k", 0)
    assert send(payer, "k").amount == 1_000


def test_v1_keys_are_forgotten_after_24_hours(payer):
    first = send(payer, "k")
    payer.stripe.advance(DAY - 5)
    assert send(payer, "k").id == first.id
    payer.stripe.advance(5)
    assert send(payer, "k").id != first.id
    assert count(payer) == 2


def test_v2_keys_live_30_days(devstripe):
    def make():
        return devstripe.client.v2.core.accounts.create(
            {"contact_email": "a@example.com"}, {"idempotency_key": "acct:1"}
        )

    first = make()
    devstripe.stripe.advance(30 * DAY - 5)
    assert make().id == first.id
    with pytest.raises(stripe.IdempotencyError) as refused:
        devstripe.client.v2.core.accounts.create(
            {"contact_email": "b@example.com"}, {"idempotency_key": "acct:1"}
        )
    assert refused.value.http_status == 400
    devstripe.stripe.advance(5)
    assert make().id != first.id


def test_v2_does_failed_work_again_under_the_same_key(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    transfer = devstripe.client.v1.transfers.create(
        {"amount": 5, "currency": "usd", "destination": account.id}
    )
    close = devstripe.client.v2.core.accounts.close
    with pytest.raises(stripe.InvalidRequestError) as refused:
        close(account.id, {}, {"idempotency_key": "c"})
    assert refused.value.code == "cannot_delete_account_with_balance"
    devstripe.client.v1.transfers.reversals.create(transfer.id)
    assert close(account.id, {}, {"idempotency_key": "c"}).closed is True


def test_keys_belong_to_an_account(devstripe):
    one, two = devstripe.onboarded(), devstripe.onboarded()
    made = [
        devstripe.client.v1.customers.create(
            {"name": "A"}, {"idempotency_key": "k", "stripe_account": account}
        ).id
        for account in (one.id, two.id, one.id)
    ]
    assert made[0] == made[2] != made[1]


def test_a_key_longer_than_255_characters_is_refused(payer):
    assert send(payer, "k" * 255).amount == 1_000
    with pytest.raises(stripe.InvalidRequestError, match="at most 255 characters"):
        send(payer, "k" * 256)


def test_a_key_in_use_is_409_and_the_first_request_wins(payer):
    payer.stripe.add_fault("slow", path="/v1/transfers$", seconds=1.5)
    outcome = []
    first = threading.Thread(target=lambda: outcome.append(send(payer, "k").id))
    first.start()
    while not payer.stripe.state.keys.in_flight():
        first.join(0.01)
    with pytest.raises(stripe.APIError) as refused:
        send(payer, "k")
    first.join(10)
    assert refused.value.http_status == 409
    assert refused.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert send(payer, "k").id == outcome[0]
    assert count(payer) == 1


def test_sixteen_threads_with_one_key_make_one_transfer(payer):
    answers = []

    def work():
        try:
            answers.append(payer.sdk().v1.transfers.create(params, {"idempotency_key": "k"}).id)
        except stripe.APIError as error:
            answers.append(error.http_status)

    params = {"amount": 5, "currency": "usd", "destination": payer.to}
    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 16
    assert len({answer for answer in answers if answer != 409}) == 1
    assert count(payer) == 1


def test_sixteen_threads_cannot_send_more_than_there_is(payer):
    refusals = []

    def work(at):
        try:
            payer.sdk().v1.transfers.create({**params, "transfer_group": f"g{at}"})
        except stripe.InvalidRequestError as error:
            refusals.append(error.code)

    params = {"amount": 20_000, "currency": "usd", "destination": payer.to}
    threads = [threading.Thread(target=work, args=(at,)) for at in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refusals == ["balance_insufficient"] * 12
    summary = payer.stripe.summary()
    assert summary["transfers"]["total"] == {"usd": {"count": 4, "amount": 80_000, "reversed": 0}}
    assert summary["balance"]["available"][0]["amount"] == 97_070 - 80_000
