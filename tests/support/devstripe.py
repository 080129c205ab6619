"""The local Stripe for tests: a fixture that fails the test on any breach of Stripe's contract.

    from tests.support.devstripe import Inbox, devstripe  # in a conftest, to make it a fixture

`devstripe.client` is the real SDK; `devstripe.stripe` moves the clock, arms faults, and so on.
"""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe
from stripe import RequestsClient, StripeClient

from payments.devstripe.local import LocalStripe
from payments.devstripe.server import Running, start
from tests.support.stripe_contract import contract, violations

KEY = "sk_test_devstripe"
RECIPIENT = {
    "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
}


@dataclass
class Page:
    """What a browser would get: status, address to go to next, HTML."""

    status: int
    location: str | None
    html: str


@dataclass
class Devstripe:
    """A running local Stripe, the SDK that speaks to it, and short cuts to common situations."""

    running: Running
    client: StripeClient

    @property
    def base_url(self) -> str:
        return self.running.base_url

    @property
    def stripe(self) -> LocalStripe:
        return self.running.stripe

    def sdk(self, key: str = KEY, **options: Any) -> StripeClient:
        """A client of the real package, without retries unless asked."""
        options.setdefault("max_network_retries", 0)
        http_client = RequestsClient(timeout=(3, options.pop("timeout", 20)))
        return StripeClient(
            key, base_addresses={"api": self.base_url}, http_client=http_client, **options
        )

    def visit(self, url: str, form: dict[str, str] | None = None) -> Page:
        """Get a page, or send its form, without following redirects."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            if form is None:
                connection.request("GET", target)
            else:
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", target, urlencode(form), headers)
            reply = connection.getresponse()
            return Page(reply.status, reply.getheader("Location"), reply.read().decode())
        finally:
            connection.close()

    def control(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Speak to the control API: GET without a body, POST with one."""
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        try:
            method = "GET" if body is None else "POST"
            connection.request(
                method, f"/_control/{path}", None if body is None else json.dumps(body)
            )
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def fund(self, amount: int, currency: str = "usd") -> Any:
        """Charge a card whose money is available at once."""
        return self.client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": currency,
                "payment_method": "pm_card_bypassPending",
                "confirm": True,
            }
        )

    def account(self, **more: Any) -> Any:
        """A connected account that has not been through onboarding."""
        return self.client.v2.core.accounts.create(
            {
                "contact_email": "ada@example.com",
                "display_name": "Ada",
                "dashboard": "express",
                "identity": {"country": "us", "entity_type": "individual"},
                "configuration": RECIPIENT,
                "defaults": {
                    "responsibilities": {
                        "fees_collector": "application",
                        "losses_collector": "application",
                    }
                },
                "include": ["configuration.recipient", "requirements"],
                **more,
            }
        )

    def onboarded(self, number: str = "000123456789", **more: Any) -> Any:
        """A connected account whose owner filled in the hosted form."""
        account = self.account(**more)
        link = self.client.v2.core.account_links.create(
            {
                "account": account.id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": {
                        "refresh_url": "http://127.0.0.1:9/refresh",
                        "return_url": "http://127.0.0.1:9/return",
                    },
                },
            }
        )
        form = {"holder_name": "Ada Lovelace", "account_number": number, "action": "complete"}
        assert self.visit(link.url, form).location == "http://127.0.0.1:9/return"
        return account


def start_devstripe(**options: Any) -> Devstripe:
    """A local Stripe on a free port; whoever starts it calls `stop_devstripe`."""
    running = start(**options)
    made = Devstripe(running, None)  # type: ignore[arg-type]
    made.client = made.sdk()
    return made


def stop_devstripe(made: Devstripe) -> None:
    """Stop it, and fail on any breach of the contract or crash of ours since it was started."""
    calls, crashes = made.stripe.calls, made.running.crashes
    made.running.close()
    assert not crashes, "\n".join(crashes)
    found = violations(calls)
    assert not found, "Stripe's contract was broken:\n" + "\n".join(found)


@pytest.fixture
def devstripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Devstripe]:
    """A local Stripe of the test's own."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    made = start_devstripe()
    yield made
    stop_devstripe(made)


@dataclass
class Letter:
    """One webhook as it arrived."""

    path: str
    body: bytes
    signature: str

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Inbox:
    """An HTTP endpoint that takes webhooks. `answers` are the statuses of the next replies."""

    answers: list[int] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    on_letter: Callable[[Letter], object] = bool

    def __enter__(self) -> "Inbox":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        problems = [problem for one in self.letters for problem in contract().event(one.event)]
        assert not problems, "Stripe's contract was broken:\n" + "\n".join(dict.fromkeys(problems))

    def types(self) -> list[str]:
        return [letter.event["type"] for letter in self.letters]


def make_handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    """A handler that puts what it gets into the inbox."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            letter = Letter(self.path, body, self.headers["Stripe-Signature"])
            inbox.letters.append(letter)
            inbox.on_letter(letter)
            self.send_response(inbox.answers.pop(0) if inbox.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A webhook endpoint; what it got is checked against Stripe's contract at the end."""
    with Inbox() as made:
        yield made
