"""What a failure of the SDK means, one fault at a time."""

import os
import subprocess
import sys

import pytest
import stripe

from marketplace.core.errors import Refused
from payments.stripe import books, transfers
from payments.stripe.gateway import (
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
)


def transfer(destination="acct_x", amount=100, payout="p", attempt=1):
    return transfers.create_transfer(
        payout_id=payout, attempt=attempt, destination=destination, currency="usd",
        amount_minor=amount, description="x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fault", "code"),
    [
        ("drop_before", StripeUnanswered, "APIConnectionError"),
        ("drop_after", StripeUnanswered, "APIConnectionError"),
        ("bad_json", StripeUnanswered, "APIError"),
        ("500_before", StripeUnanswered, "api_error"),
        ("409", StripeNotNow, "idempotency_key_in_use"),
        ("429", StripeNotNow, "rate_limit"),
        ("429_lock", StripeNotNow, "lock_timeout"),
        ("401", StripeNotNow, "api_key_expired"),
        ("403", StripeNotNow, "invalid_request_error"),
    ],
)
def test_each_fault_means_one_thing(local, kind, fault, code):
    local.stripe.add_fault(kind, path="/v1/transfers$")
    with pytest.raises(fault) as seen:
        transfer()
    assert seen.value.code == code
    assert (
        len([call for call in local.stripe.calls if call.path == "/v1/transfers"]) == 1
    )  # no retries


def test_an_executed_refusal(local):
    with pytest.raises(StripeRejected) as seen:
        transfer()
    assert (seen.value.code, seen.value.status) == ("resource_missing", 400)


def test_a_misused_key(local):
    local.fund(5_000)
    account = local.onboarded().id
    transfer(account)
    with pytest.raises(StripeKeyMisused):
        transfer(account, amount=101)


def test_nobody_at_home(settings, transactional_db):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    settings.EGRESS_ALLOWED_BASES = ["http://127.0.0.1:1"]
    with pytest.raises(StripeUnanswered):
        books.read_cash()


def test_no_other_address_is_called(local, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    with pytest.raises(Refused) as refusal:
        books.read_cash()
    assert refusal.value.code == "egress_refused"


def test_telemetry_is_off():
    assert stripe.enable_telemetry is False


ONLY = "A live Stripe key goes to https://api.stripe.com only: unset STRIPE_API_BASE."
STILL = "A live Stripe key and a movable clock do not go together: unset CLOCK_MOVABLE."


@pytest.mark.parametrize(
    ("key", "base", "movable", "words"),
    [
        ("rk_live_", "http://127.0.0.1:12111", "0", ONLY),
        ("sk_live_", "http://127.0.0.1:12111", "0", ONLY),
        ("rk_live_", "https://api.stripe.com.evil.example", "0", ONLY),
        ("rk_live_", "http://api.stripe.com", "0", ONLY),
        ("rk_live_", "https://api.stripe.com", "1", STILL),
        ("rk_live_", "https://api.stripe.com", "0", ""),
        ("rk_test_", "http://127.0.0.1:12111", "0", ""),
    ],
)
def test_a_live_key_starts_only_with_stripe_itself(key, base, movable, words):
    """Scenario 36: a live key with another base address refuses to start."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STRIPE_SECRET_KEY": key + "0" * 20,
        "STRIPE_API_BASE": base,
        "CLOCK_MOVABLE": movable,
    }
    done = subprocess.run(
        [sys.executable, "-c", "import marketplace.settings"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (words in done.stderr) if words else done.returncode == 0
    assert (done.returncode == 0) is not bool(words)
