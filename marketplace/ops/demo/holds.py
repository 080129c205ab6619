"""Time passes over the holds, and people are paid."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings

from marketplace.core import clock
from marketplace.ops import figures
from marketplace.ops.demo.crew import all_of
from marketplace.ops.drive.annotator import AnnotatorWeb
from marketplace.ops.drive.browser import Surprise
from marketplace.ops.drive.stripe_local import StripeControl
from payments.selectors.payouts import least_minor

PATIENCE = 180.0
LOOK = 0.25
AT_ONCE = 8


class Holds:
    """The clocks of the marketplace and of the local Stripe, moved together.

    `tick` is called while waiting, from the caller's thread.
    """

    def __init__(self, stripe: StripeControl, currency: str, tick: Callable[[], None]) -> None:
        self.stripe = stripe
        self.currency = currency
        self.tick = tick

    def advance(self, delta: dt.timedelta) -> None:
        """Both clocks go forward; the local Stripe first, so that its money is there."""
        self.stripe.advance(int(delta.total_seconds()))
        clock.advance(delta)

    def pay_out(self, people: Sequence[AnnotatorWeb], paid: Callable[[], None]) -> None:
        """Past every hold and the last day of every appeal; then each asks for what is payable.

        Returns once all that can be paid is paid and nothing is reserved any more.
        """
        days = max(settings.HOLD_DAYS_NEW, settings.APPEAL_DAYS) + 1
        self.advance(dt.timedelta(days=days))
        self.wait_for("the end of the holds", lambda: self._pending() == 0)
        all_of([partial(_ask, one) for one in people], AT_ONCE, paid, self.tick)
        self.wait_for("payouts", lambda: self._unpaid() == 0)
        self.wait_for("the end of rejections", lambda: self._reserved() == 0)

    def _pending(self) -> int:
        return figures.held_minor(self.currency)

    def _unpaid(self) -> int:
        return figures.waiting_minor(self.currency, least_minor(self.currency))

    def _reserved(self) -> int:
        return figures.money(self.currency).reserved_minor

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Look again and again; three minutes without are a `Surprise`."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise Surprise(f"Waited in vain for {what}. {figures.standing()}")
            self.tick()
            time.sleep(LOOK)


def _ask(one: AnnotatorWeb) -> None:
    """Below the minimum the page offers no payout; a planned one may have been faster."""
    one.request_payout()
