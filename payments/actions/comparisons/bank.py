"""R7: what Stripe meant to reach an annotator's bank, and did not."""

import datetime as dt

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import differences
from payments.actions.comparisons.running import Outcome
from payments.models import BankPayout
from payments.states import BankPayoutState

AWAITED = (BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT)
LATE = dt.timedelta(days=3)  # after the day on which Stripe meant it to arrive
KIND = "bank_payout_late"


def compare(by: Actor) -> Outcome:
    """Every bank payout that has neither arrived nor failed; what should have arrived three days
    ago is kept for a person, until Stripe says what became of it.
    """
    rows = BankPayout.objects.filter(state__in=AWAITED)
    late = rows.filter(arrives_on__lt=clock.now().date() - LATE).order_by("arrives_on")
    subjects = set()
    for row in late.iterator(chunk_size=500):
        subjects.add(f"payout:{row.stripe_payout}")
        differences.found(
            kind=KIND,
            subject=f"payout:{row.stripe_payout}",
            reason=f"Stripe meant it to reach the bank on {row.arrives_on}, and it is {row.state}.",
            currency=row.currency,
            theirs_minor=row.amount_minor,
            by=by,
        )
    differences.gone(kind=KIND, still=subjects, by=by)
    return Outcome(rows.count(), len(subjects))
