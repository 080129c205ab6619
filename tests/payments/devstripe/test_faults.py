"""Faults: what each leaves behind, what the SDK makes of it, what the next try finds."""

import time

import pytest
import stripe

from payments.devstripe.faults import KINDS

DONE = {"500_after", "drop_after", "hang_after", "bad_json", "slow"}
REFUSED = {"402", "short", "500_before"}
UNDONE = {"drop_before", "429", "429_lock", "401", "403", "409"} | REFUSED
RAISES = {
    "drop_before": (stripe.APIConnectionError, None),
    "drop_after": (stripe.APIConnectionError, None),
    "hang_after": (stripe.APIConnectionError, None),
    "429": (stripe.RateLimitError, 429),
    "429_lock": (stripe.RateLimitError, 429),
    "401": (stripe.AuthenticationError, 401),
    "403": (stripe.PermissionError, 403),
    "402": (stripe.CardError, 402),
    "short": (stripe.InvalidRequestError, 400),
    "409": (stripe.APIError, 409),
    "500_before": (stripe.APIError, 500),
    "500_after": (stripe.APIError, 500),
    "bad_json": (stripe.APIError, 200),
}


@pytest.fixture
def payer(devstripe):
    devstripe.to = devstripe.onboarded().id
    devstripe.fund(100_000)
    return devstripe


def send(payer, key="k", **options):
    params = {
        "amount": 1_000,
        "currency": "usd",
        "destination": payer.to,
        "transfer_group": "payout_1",
    }
    return payer.sdk(**options).v1.transfers.create(params, {"idempotency_key": key})


def made(payer):
    return [row.id for row in payer.client.v1.transfers.list({"transfer_group": "payout_1"}).data]


def test_every_fault_is_covered_here():
    assert DONE | UNDONE == KINDS
    assert set(RAISES) == KINDS - {"slow"}


@pytest.mark.parametrize("kind", sorted(RAISES))
def test_what_the_caller_sees_and_what_was_done(payer, kind):
    payer.stripe.add_fault(kind, path="/v1/transfers$", seconds=0.3)
    kind_of, status = RAISES[kind]
    with pytest.raises(kind_of) as failed:
        send(payer)
    assert failed.value.http_status == status
    assert len(made(payer)) == (1 if kind in DONE else 0)


@pytest.mark.parametrize("kind", sorted(KINDS - {"slow", "500_after"} - REFUSED))
def test_the_same_key_ends_in_exactly_one_transfer(payer, kind):
    payer.stripe.add_fault(kind, path="/v1/transfers$", seconds=0.1)
    with pytest.raises(stripe.StripeError):
        send(payer)
    again = send(payer)
    assert made(payer) == [again.id]
    replayed = again.last_response.headers.get("idempotent-replayed")
    assert replayed == ("true" if kind in DONE else None)


@pytest.mark.parametrize("kind", ["402", "short"])
def test_v1_replays_a_refusal_for_a_day(payer, kind):
    payer.stripe.add_fault(kind, path="/v1/transfers$")
    for _ in range(2):
        with pytest.raises(RAISES[kind][0]):
            send(payer)
    payer.stripe.advance(86_401)
    assert made(payer) == []
    assert send(payer).amount == 1_000


@pytest.mark.parametrize(("kind", "found"), [("500_before", 0), ("500_after", 1)])
def test_v1_replays_a_500_for_a_day(payer, kind, found):
    payer.stripe.add_fault(kind, path="/v1/transfers$")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            send(payer)
        assert failed.value.http_status == 500
    assert failed.value.headers["idempotent-replayed"] == "true"
    assert len(made(payer)) == found
    send(payer, "k:2")
    assert len(made(payer)) == found + 1


@pytest.mark.parametrize("kind", ["500_before", "500_after"])
def test_v2_ends_failed_work_under_the_same_key(devstripe, kind):
    devstripe.stripe.add_fault(kind, path="/v2/core/accounts$")
    params, options = {"contact_email": "a@example.com"}, {"idempotency_key": "acct:1"}
    with pytest.raises(stripe.APIError) as failed:
        devstripe.client.v2.core.accounts.create(params, options)
    assert failed.value.http_status == 500
    account = devstripe.client.v2.core.accounts.create(params, options)
    assert [row.id for row in devstripe.client.v2.core.accounts.list().data] == [account.id]


def test_a_lock_timeout_tells_the_sdk_to_try_again(payer):
    payer.stripe.add_fault("429_lock", path="/v1/transfers$")
    assert send(payer, max_network_retries=1).amount == 1_000
    payer.stripe.add_fault("429", path="/v1/transfers$")
    with pytest.raises(stripe.RateLimitError) as limited:
        send(payer, "k2", max_network_retries=1)
    assert limited.value.json_body["error"]["code"] == "rate_limit"


def test_the_sdk_times_out_while_the_server_hangs(payer):
    payer.stripe.add_fault("hang_after", path="/v1/transfers$", seconds=30)
    with pytest.raises(stripe.APIConnectionError, match=r"[Tt]imed out|timeout"):
        send(payer, timeout=0.3)
    assert len(made(payer)) == 1


def test_slow_is_late_but_right(payer):
    payer.stripe.add_fault("slow", path="/v1/transfers$", seconds=0.4)
    began = time.monotonic()
    assert send(payer).amount == 1_000
    assert time.monotonic() - began >= 0.4


def test_times_skip_method_and_path_choose_the_requests(payer):
    payer.stripe.add_fault("429", path="/v1/transfers$", skip=1, times=2)
    payer.stripe.add_fault("401", path="/v1/balance$", method="GET")
    outcomes = []
    for at in range(5):
        try:
            outcomes.append(send(payer, f"k{at}").amount)
        except stripe.RateLimitError:
            outcomes.append(429)
    assert outcomes == [1_000, 429, 429, 1_000, 1_000]
    with pytest.raises(stripe.AuthenticationError):
        payer.client.v1.balance.retrieve()
    assert payer.client.v1.balance.retrieve().livemode is False
    assert payer.stripe.summary()["faults"] == []


def test_a_fault_on_reading_changes_nothing(payer):
    send(payer)
    payer.stripe.add_fault("drop_before", path="/v1/transfers$", method="GET")
    with pytest.raises(stripe.APIConnectionError):
        made(payer)
    assert len(made(payer)) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "gremlin"}, {"kind": "429", "times": 0}, {"kind": "429", "skip": -1},
     {"kind": "slow", "seconds": -1}, {"kind": "429", "path": "("}],
)  # fmt: skip
def test_faults_that_make_no_sense_are_refused(devstripe, wrong):
    with pytest.raises(ValueError, match=r"please|Unknown fault|regular expression"):
        devstripe.stripe.add_fault(**wrong)
