"""R1: payouts that are under way for longer than any retry takes."""

import datetime as dt

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import differences
from payments.actions.comparisons.running import Outcome
from payments.models import Payout
from payments.selectors.payouts import UNSENT

# An ambiguous payout is looked for after 20 hours and sent anew at the latest then.
LONGEST = dt.timedelta(hours=30)
KIND = "payout_stuck"


def compare(by: Actor) -> Outcome:
    """Every payout that was begun and is neither sent nor given up; those too old are kept for a
    person, who sees what Stripe said last.
    """
    rows = Payout.objects.filter(state__in=UNSENT)
    old = rows.filter(created_at__lt=clock.after(-LONGEST)).order_by("created_at")
    subjects = set()
    for row in old.iterator(chunk_size=500):
        subjects.add(f"payout:{row.pk}")
        differences.found(
            kind=KIND,
            subject=f"payout:{row.pk}",
            reason=f"Begun {row.created_at:%Y-%m-%d %H:%M}. {row.last_error or row.state}",
            currency=row.currency,
            ours_minor=row.amount_minor,
            by=by,
        )
    differences.gone(kind=KIND, still=subjects, by=by)
    return Outcome(rows.count(), len(subjects))
