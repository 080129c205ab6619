"""R2: what Stripe says has happened, and what reached our webhook."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import bank_payouts, events
from payments.actions.comparisons.running import Outcome
from payments.models import Comparison
from payments.states import ComparisonName
from payments.stripe import events as theirs

OVERLAP = dt.timedelta(hours=3)
FIRST = dt.timedelta(days=3)
THIN = "v2."


def compare(_by: Actor) -> Outcome:
    """Take in every event that we act on and do not have; remote, safe to repeat.

    From three hours before the last whole comparison began (three days where there is none). What
    was missed is no difference: it is applied now, and counted. What happens inside annotators'
    accounts is read there, account by account and once a day (bank_payouts.catch_up, R8);
    `banks_behind` counts the accounts with which that is late.
    """
    since = _since()
    checked = missed = 0
    for event in _ours(since):
        checked += 1
        missed += events.take_in(event, livemode=settings.STRIPE_LIVE)
    return Outcome(checked, 0, {"missed": missed, "banks_behind": bank_payouts.behind()})


def _ours(since: dt.datetime) -> Iterator[dict[str, Any]]:
    kinds = sorted(events.HANDLERS)
    yield from theirs.snapshots([k for k in kinds if not k.startswith(THIN)], since=since)
    yield from theirs.thin([k for k in kinds if k.startswith(THIN)], since=since)


def _since() -> dt.datetime:
    last = (
        Comparison.objects.filter(name=ComparisonName.EVENTS, ended_at__isnull=False, failure="")
        .order_by("-started_at")
        .first()
    )
    return last.started_at - OVERLAP if last else clock.now() - FIRST
