"""The local Stripe from outside: its hosted pages as people use them, its control API as the
operator of a demo or test does.
"""

from typing import Any

import requests

from marketplace.ops.drive.browser import OK_BELOW, TIMEOUT, Browser, Page, Surprise

CARD = "4242 4242 4242 4242"
DAY = 24 * 3600


def pay(browser: Browser, checkout_url: str) -> Page:
    """Pay on the Checkout page with a card that works; returns the page it leads back to."""
    page = browser.get(checkout_url)
    return browser.submit(page.form("card_number"), {"card_number": CARD, "action": "pay"})


def onboard(browser: Browser, page: Page, holder: str) -> Page:
    """Give name and bank account on the onboarding page; returns the page it leads back to."""
    form = page.form("holder_name", "account_number")
    return browser.submit(form, {"holder_name": holder, "action": "complete"})


class StripeControl:
    """The control API under `/_control/`: time, totals, faults."""

    def __init__(self, base_url: str) -> None:
        self.base = f"{base_url.rstrip('/')}/_control"

    def advance(self, seconds: int) -> None:
        """Move its clock forward; what falls due on the way happens."""
        self._post("clock", {"advance_seconds": seconds})

    def totals(self) -> Any:
        """Charges, transfers, balances and calls, in minor units."""
        return self._json(requests.get(f"{self.base}/state", timeout=TIMEOUT))

    def charged(self, currency: str) -> int:
        """What clients paid in."""
        return int(self.totals()["charges"].get(currency, {}).get("amount", 0))

    def transferred(self, currency: str) -> int:
        """What was transferred to connected accounts and not taken back."""
        seen = self.totals()["transfers"]["total"].get(currency, {})
        return int(seen.get("amount", 0)) - int(seen.get("reversed", 0))

    def add_fault(self, kind: str, **where: Any) -> None:
        """Make the next matching request go wrong."""
        self._post("faults", {"kind": kind, **where})

    def _post(self, verb: str, body: dict[str, Any], *, timeout: tuple[int, int] = TIMEOUT) -> Any:
        return self._json(requests.post(f"{self.base}/{verb}", json=body, timeout=timeout))

    @staticmethod
    def _json(reply: requests.Response) -> Any:
        if reply.status_code >= OK_BELOW:
            raise Surprise(f"{reply.url} answered {reply.status_code}: {reply.text[:300]}")
        return reply.json()
