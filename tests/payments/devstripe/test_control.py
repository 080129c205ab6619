"""The control API over HTTP, and the command line."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import stripe


def test_the_clock_moves_forward_only(devstripe):
    before = devstripe.stripe.now()
    status, body = devstripe.control("clock", {"advance_seconds": 86_400})
    assert status == 200
    assert 86_400 <= body["now"] - before <= 86_402
    assert devstripe.control("clock", {"advance_seconds": -1}) == (
        400,
        {"error": "The clock only moves forward."},
    )
    assert devstripe.control("clock", {"advance_seconds": "5"})[0] == 400
    assert devstripe.control("clock", {})[1] == {"error": "advance_seconds is missing."}


def test_faults_are_armed_and_cleared(devstripe):
    status, body = devstripe.control("faults", {"kind": "429", "path": "/v1/customers", "times": 3})
    armed = [{"kind": "429", "method": "POST", "path": "/v1/customers", "left": 3}]
    assert (status, body) == (200, {"faults": armed})
    with pytest.raises(stripe.RateLimitError):
        devstripe.client.v1.customers.create({"name": "A"})
    assert devstripe.control("state")[1]["faults"][0]["left"] == 2
    assert devstripe.control("faults/clear", {}) == (200, {"faults": []})
    assert devstripe.client.v1.customers.create({"name": "A"}).name == "A"
    status, body = devstripe.control("faults", {"kind": "gremlin"})
    assert status == 400
    assert body["error"].startswith("Unknown fault 'gremlin'; known are 401, 402, 403, 409,")


def test_accounts_payouts_and_webhooks(devstripe, inbox):
    account = devstripe.onboarded()
    devstripe.control("webhooks/endpoints", {"url": inbox.url, "secret": "whsec_1"})
    assert devstripe.control("webhooks", {"mode": "manual", "drop": ["charge.succeeded"]})[0] == 200
    assert (
        devstripe.control("accounts", {"account": account.id, "transfers": "restricted"})[0] == 200
    )
    assert devstripe.control("accounts", {"account": account.id, "transfers": "active"})[0] == 200
    assert devstripe.control("accounts", {"account": "acct_x", "transfers": "active"})[0] == 404
    devstripe.fund(10_000)
    devstripe.client.v1.transfers.create(
        {"amount": 500, "currency": "usd", "destination": account.id, "transfer_group": "g"}
    )
    sent = devstripe.control("webhooks/flush", {})[1]["deliveries"]
    assert [one["type"] for one in sent] == [
        "payment_intent.created",
        "payment_intent.succeeded",
        "transfer.created",
    ]
    devstripe.control("clock", {"advance_seconds": 4 * 86_400})
    payout = devstripe.client.v1.payouts.list({}, {"stripe_account": account.id}).data[0]
    assert devstripe.control("payouts", {"payout": payout.id}) == (
        200,
        {"payout": payout.id, "status": "failed"},
    )
    assert devstripe.control("payouts", {"payout": payout.id})[0] == 404


def test_the_summary_counts_calls_by_endpoint(devstripe):
    account = devstripe.account()
    devstripe.client.v2.core.accounts.retrieve(account.id)
    devstripe.client.v2.core.accounts.retrieve(account.id)
    status, body = devstripe.control("state")
    assert status == 200
    assert body["calls"] == {
        "total": 3,
        "by_path": {"POST /v2/core/accounts": 1, "GET /v2/core/accounts/{id}": 2},
    }
    assert body["charges"] == {}
    assert body["transfers"] == {
        "count": 0,
        "total": {},
        "by_destination": {},
        "by_transfer_group": {},
    }


def test_reset_forgets_all_but_the_endpoints(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_1")
    devstripe.fund(10_000)
    devstripe.stripe.advance(5_000)
    assert devstripe.stripe.courier.idle(10)
    assert devstripe.control("reset", {}) == (200, {"reset": True})
    assert abs(devstripe.stripe.now() - time.time()) <= 2
    assert devstripe.client.v1.balance.retrieve().available[0].amount == 0
    assert devstripe.client.v1.events.list().data == []
    inbox.letters.clear()
    devstripe.client.v1.customers.create({"name": "A"})
    assert devstripe.stripe.courier.idle(10)
    assert inbox.types() == ["customer.created"]


def test_what_the_control_does_not_know_is_refused(devstripe):
    assert devstripe.control("nothing", {})[0] == 404
    assert devstripe.control("clock")[0] == 405
    assert devstripe.control("clock", [1])[0] == 400
    assert devstripe.control("reset", {"hard": True})[1]["error"].startswith("Unknown field 'hard'")
    assert devstripe.control("webhooks", {"speed": 1})[0] == 400


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def run(*arguments):
    """The command as users start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "payments.devstripe", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_and_stops_on_a_signal():
    port = free_port()
    process = run("--port", str(port), "--public-base", "http://localhost:1/")
    try:
        line = process.stdout.readline()
        assert line == f"Local Stripe: http://127.0.0.1:{port} (pages at http://localhost:1)\n"
        client = stripe.StripeClient(
            "sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"}
        )
        assert client.v1.balance.retrieve().available[0].amount == 0
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")


def test_a_busy_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = run("--port", str(taken.getsockname()[1]))
        _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert err.startswith(f"The local Stripe cannot start on port {taken}") or "in use" in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "0", "--webhook", "http://x/"),
        ("--port", "0", "--thin-secret", "s"),
        ("--port", "99999"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments):
    process = run(*arguments)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(err.splitlines()) == 1


def test_it_needs_neither_django_nor_the_stripe_package():
    code = (
        "import sys, payments.devstripe.server\n"
        "heavy = {'django', 'stripe', 'rest_framework', 'celery', 'requests'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc")
def test_it_listens_on_loopback_only(devstripe):
    port = urlsplit(devstripe.base_url).port
    listening = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        address, state = line.split()[1], line.split()[3]
        if state == "0A" and int(address.split(":")[1], 16) == port:
            listening.append(address.split(":")[0])
    assert listening == ["0100007F"]


def test_closing_leaves_no_open_connections(devstripe):
    connection = http.client.HTTPConnection(urlsplit(devstripe.base_url).netloc, timeout=5)
    connection.request("GET", "/style.css")
    assert connection.getresponse().read().startswith(b":root")
    devstripe.running.close()
    assert connection.sock.recv(1) == b""
    connection.close()
