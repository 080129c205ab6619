"""A local Stripe in a process of its own, on a free port, which may go on from a saved state."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from marketplace.devservers import ports
from marketplace.devservers.supervisor import ProcessGroup
from marketplace.ops.drive.browser import TIMEOUT
from marketplace.ops.drive.stripe_local import StripeControl
from marketplace.ops.stack import START_SECONDS, python_module

NAME = "drill-stripe"
WEBHOOK = "/webhooks/stripe/"
# Seconds to connect and to answer: a whole round's webhooks, on a busy machine.
DELIVERY = (TIMEOUT[0], 900)
LARGEST_CHARGE = 90_000_000  # Stripe takes less than a million dollars at once


class DrillStripe(StripeControl):
    """What a drill does to Stripe that nobody else could, and what it asks of it at the end."""

    @property
    def address(self) -> str:
        """Where its API answers."""
        return self.base.removesuffix("/_control")

    def charge(self, key: str, amount_minor: int, currency: str) -> None:
        """Cards are charged, as often as their limit asks; the money is available at once."""
        url = f"{self.address}/v1/payment_intents"
        while amount_minor > 0:
            part = min(amount_minor, LARGEST_CHARGE)
            form = {
                "amount": str(part),
                "currency": currency,
                "payment_method": "pm_card_bypassPending",
                "confirm": "true",
            }
            self._json(requests.post(url, data=form, auth=(key, ""), timeout=TIMEOUT))
            amount_minor -= part

    def activate(self, account: str) -> None:
        """Stripe has nothing more to ask of a connected account."""
        self._post("accounts", {"account": account, "transfers": "active"})

    def waiting_faults(self) -> int:
        """How many armed faults have hit nothing yet."""
        return sum(fault["left"] for fault in self.totals()["faults"])

    def clear_faults(self) -> None:
        """From now on everything goes right."""
        self._post("faults/clear", {})

    def webhooks(self, **options: Any) -> None:
        """Choose how events travel."""
        self._post("webhooks", options)

    def deliver(self) -> None:
        """Carry the webhooks that wait: hundreds, one after the other, before it answers."""
        self._post("webhooks/flush", {}, timeout=DELIVERY)


@contextmanager
def stripe_process(
    folder: Path, environment: Mapping[str, str], *, state: Path, web_port: int
) -> Iterator[DrillStripe]:
    """Start it, yield its control, stop it; what it knows is in the file `state` then.

    Its webhooks go to our own door on `web_port`. Raises ServersError with one sentence.
    """
    port = ports.free_port()
    hook = f"http://{ports.LOOPBACK}:{web_port}{WEBHOOK}"
    secrets = environment["STRIPE_WEBHOOK_SECRETS"].partition(",")[0]
    with ProcessGroup(folder / "log", env=dict(environment)) as group:
        group.start(
            NAME,
            python_module(
                "payments.devstripe",
                *("--port", str(port), "--state", str(state)),
                *("--webhook", hook, "--webhook-secret", secrets),
            ),
        )
        group.wait_for_port(NAME, port, seconds=START_SECONDS)
        yield DrillStripe(f"http://{ports.LOOPBACK}:{port}")


def copied(state: Path, to: Path) -> Path:
    """A saved state for a run of its own."""
    to.write_text(json.dumps(json.loads(state.read_text())), encoding="utf-8")
    return to
