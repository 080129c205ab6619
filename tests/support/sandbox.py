"""The two sides of the conformance tests: the local Stripe, and a sandbox of the real one.

    STRIPE_SANDBOX_KEY=rk_test_... make test ARGS="tests/payments/conformance -q"

`STRIPE_SANDBOX_ACCOUNT` may name a connected account that has been through onboarding, for transfers.
With `CONFORMANCE_FOLDER` each side leaves there what was asked and the shape of what was answered, so
that the two files can be compared.
"""

import json
import os
import re
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import stripe

from tests.support.devstripe import Devstripe

REAL = "https://api.stripe.com"
TEST_KEYS = ("sk_test_", "rk_test_")
PATIENCE = 60.0  # seconds; the real one does some things a moment later
NOT_SET = "STRIPE_SANDBOX_KEY is not set: these expectations ran against the local Stripe only."
NO_ACCOUNT = "STRIPE_SANDBOX_ACCOUNT does not name an account that can be paid: set it up by hand."
ID = re.compile(r"\b[a-z]+(?:_test)?_[A-Za-z0-9]{8,}")


def sandbox_key(environment: Mapping[str, str]) -> str | None:
    """The sandbox's key, or none. Raises ValueError for anything but a test key."""
    key = environment.get("STRIPE_SANDBOX_KEY", "").strip()
    if key and not key.startswith(TEST_KEYS):
        raise ValueError(
            "STRIPE_SANDBOX_KEY is not a test key: these tests move money, and nothing was sent. "
            "Take one that begins with sk_test_ or rk_test_."
        )
    return key or None


def shape(value: Any) -> Any:
    """What kind of thing it is, to the inside: names and types, no values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in sorted(value.items())}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return type(value).__name__


class Recorder(stripe.RequestsClient):
    """The SDK's own way to the network, which notes what was asked and how the answer looked."""

    def __init__(self, notes: list[dict[str, Any]], **options: Any) -> None:
        super().__init__(**options)
        self.notes = notes

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        """Ask, and note it."""
        content, status, more = super().request(method, url, headers, post_data)
        path = ID.sub("{id}", url.split("?", maxsplit=1)[0].split("/", 3)[3])
        seen = shape(json.loads(content))
        self.notes.append({"asked": f"{method.upper()} /{path}", "status": status, "answer": seen})
        return content, status, more


class Side:
    """One of the two: its client, and how long it may take."""

    def __init__(self, name: str, client: stripe.StripeClient, local: Devstripe | None) -> None:
        self.name, self.client, self.local = name, client, local
        self.v1, self.v2 = client.v1, client.v2.core
        self.mark = {"conformance": uuid.uuid4().hex}

    def until(self, look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
        """What a look shows once it is enough: at once here, a while later there."""
        end = time.monotonic() + (0.0 if self.local else PATIENCE)
        while True:
            seen = look()
            if enough(seen) or time.monotonic() > end:
                return seen
            time.sleep(2)

    def key(self) -> dict[str, str]:
        """An idempotency key that nobody used before."""
        return {"idempotency_key": f"conformance:{uuid.uuid4().hex}"}


def client_of(key: str, base: str, notes: list[dict[str, Any]]) -> stripe.StripeClient:
    """The real SDK, which tries everything once."""
    way = Recorder(notes, timeout=(3, 60))
    return stripe.StripeClient(
        key, base_addresses={"api": base}, http_client=way, max_network_retries=0
    )


def keep(name: str, notes: list[dict[str, Any]]) -> None:
    """Leave the transcript, where a folder is named for it."""
    folder = os.environ.get("CONFORMANCE_FOLDER")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.json").write_text(json.dumps(notes, indent=1), encoding="utf-8")
