"""Sending a payout exactly once. What Stripe's answers mean is in `errands.py`; how fast, in
`pace.py`.
"""

import time
import uuid

from django.conf import settings

from marketplace.core.actors import Actor
from payments.actions import errands, outcomes, pace, rails
from payments.models import Payout
from payments.states import PAYOUT_MOVES
from payments.stripe.gateway import Transfer

# Refusals that no later try can mend: the annotator has to act.
HOPELESS = frozenset({"insufficient_capabilities_for_transfer", "resource_missing"})
SWEEP_SECONDS = 30
SWEPT = 300  # as many as half a minute takes at ten a second
BREATH = 0.05  # seconds, half of what a token takes to come


class _Errand(errands.Errand[Payout, Transfer]):
    """A payout over its rail."""

    moves = PAYOUT_MOVES
    called = "transfer"

    def obstacle(self, row: Payout, *, by: Actor) -> str:
        ready = rails.of(row).prepare(row, by=by)
        return "" if ready else "The account cannot receive transfers."

    def make(self, row: Payout) -> Transfer:
        return rails.of(row).send(row)

    def find(self, row: Payout) -> list[Transfer]:
        """Of several, those that were taken back whole do not count."""
        found = rails.of(row).find(row)
        if len(found) > 1:
            return [one for one in found if one.reversed_minor < one.amount_minor]
        return found

    def matches(self, row: Payout, seen: Transfer) -> bool:
        return matches(row, seen)

    def done(self, row: Payout, seen: Transfer, *, by: Actor) -> None:
        outcomes.sent(row.pk, seen, by=by)

    def final(self, code: str) -> bool:
        return code in HOPELESS

    def failed(self, row: Payout, reason: str, *, by: Actor) -> None:
        outcomes.failed(row, reason, by=by)

    def frozen(self, row: Payout, reason: str, *, by: Actor) -> None:
        outcomes.frozen(row, reason, by=by)


_ERRAND = _Errand()


def sweep(*, by: Actor, limit: int = SWEPT) -> int:
    """Give every payout that is due one try, for half a minute at most; returns how many.

    As fast as the pace allows: it waits while the bucket is empty.
    """
    rows = Payout.objects.filter(outcomes.due()).order_by("next_try_at")
    end, done = time.monotonic() + SWEEP_SECONDS, 0
    for payout_id in rows.values_list("pk", flat=True)[:limit]:
        while time.monotonic() < end and not send(payout_id, by=by):
            time.sleep(BREATH)
        if time.monotonic() >= end:
            break
        done += 1
    return done


def send(payout_id: uuid.UUID, *, by: Actor) -> bool:
    """One try of one payout; remote, safe to repeat at any time and at once.

    False where the pace does not allow it now: the row is left as it is, for the next sweep. One
    that is not due takes nothing of the pace.
    """
    if not outcomes.is_due(payout_id):
        return True
    if not pace.allows("transfers", settings.STRIPE_TRANSFERS_PER_SECOND):
        return False
    row = outcomes.take(payout_id)
    if row is not None:
        errands.run(_ERRAND, row, by=by)
    return True


def matches(row: Payout, transfer: Transfer) -> bool:
    """Same payout, amount, currency and destination."""
    theirs = (transfer.payout_id, transfer.amount_minor, transfer.currency, transfer.destination)
    return theirs == (str(row.pk), row.amount_minor, row.currency, row.destination)


def is_of(row: Payout, transfer: Transfer) -> bool:
    """Whether it is this payout's transfer; one that was made by hand and booked names none."""
    if row.stripe_transfer != transfer.id:
        return matches(row, transfer)
    theirs = (transfer.amount_minor, transfer.currency, transfer.destination)
    return theirs == (row.amount_minor, row.currency, row.destination)
