"""R8: annotators' accounts as we know them, and as Stripe has them now."""

import datetime as dt

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import onboarding
from payments.actions.comparisons.running import Outcome
from payments.models import ConnectedAccount
from payments.selectors.rails import ACTIVE

AGE = dt.timedelta(hours=24)
MOST = 200  # of one run; the next one goes on with those read longest ago


def compare(by: Actor) -> Outcome:
    """Read payable accounts that nobody has read for a day, the longest ago first; remote.

    An account that changed is brought up to date, and its annotator told; each such is counted.
    """
    old = ConnectedAccount.objects.filter(transfers=ACTIVE, checked_at__lt=clock.after(-AGE))
    names = old.order_by("checked_at").values_list("stripe_account", flat=True)[:MOST]
    checked = [name for name in names if name]
    for name in checked:
        onboarding.refresh(name, by=by)
    still = ConnectedAccount.objects.filter(stripe_account__in=checked, transfers=ACTIVE).count()
    return Outcome(len(checked), 0, {"changed": len(checked) - still})
