"""R3: the cash that our books have at Stripe, and the balance that Stripe says.

And that it stays there: what clients paid in and experts earned lies in this balance. Where Stripe
pays it to our bank by a schedule, it is missing for payouts.
"""

from http import HTTPStatus

from django.db.models import Sum

from marketplace.core.actors import Actor
from payments.actions import books, differences
from payments.actions.comparisons.running import Outcome
from payments.models import LedgerLeg
from payments.stripe import books as theirs
from payments.stripe.gateway import StripeNotNow

KIND = "cash_gap"
SCHEDULE = "payout_schedule"
UNREAD = "payout_schedule_unread"
BY_HAND = ("manual", "")  # nothing is told where no bank is named yet
# Money may move at Stripe between our two questions: a gap is looked at again before it is one.
MORE_LOOKS = 2


def compare(by: Actor) -> Outcome:
    """Sync, then each currency to the cent; remote. A gap that stays is kept for a person, and so
    is a schedule by which Stripe pays our balance out.
    """
    synced, kept, said = _look(by)
    for _again in range(MORE_LOOKS):
        if kept == said:
            break
        more, kept, said = _look(by)
        synced += more
    gaps = [one for one in sorted(kept | said) if kept.get(one, 0) != said.get(one, 0)]
    for currency in gaps:
        ours_minor, theirs_minor = kept.get(currency, 0), said.get(currency, 0)
        differences.found(
            kind=KIND,
            subject=f"currency:{currency}",
            reason=f"Our books say {ours_minor} {currency}, Stripe says {theirs_minor}.",
            currency=currency,
            ours_minor=ours_minor,
            theirs_minor=theirs_minor,
            by=by,
        )
    differences.gone(kind=KIND, still={f"currency:{one}" for one in gaps}, by=by)
    interval = _interval()
    _schedule(interval, by=by)
    facts = {"synced": synced, "ours": kept, "stripe": said, "payout_schedule": interval}
    return Outcome(len(kept | said) + 1, len(gaps) + (interval not in BY_HAND), facts)


def _interval() -> str:
    """How often Stripe pays our balance out; `UNREAD` where our key may not ask."""
    try:
        return theirs.payout_interval()
    except StripeNotNow as fault:
        if fault.status != HTTPStatus.FORBIDDEN:
            raise
        return UNREAD


def _schedule(interval: str, *, by: Actor) -> None:
    """The rest is compared all the same where the key may not read it: that is a difference too."""
    if interval == UNREAD:
        differences.found(
            kind=UNREAD,
            subject="stripe:balance_settings",
            reason="The key may not read the payout schedule, so nobody knows whether Stripe pays "
            "our balance out by itself. Give the restricted key the right to read balance settings "
            "(Stripe, Developers, API keys), or look at the schedule by hand.",
            by=by,
        )
        return
    differences.gone(kind=UNREAD, still=(), by=by)
    if interval in BY_HAND:
        differences.gone(kind=SCHEDULE, still=(), by=by)
        return
    differences.found(
        kind=SCHEDULE,
        subject="stripe:balance_settings",
        reason=f"Stripe pays our balance to our bank by itself ({interval}): clients' and experts' "
        "money leaves it. Set the payout schedule to manual (Stripe, Settings, Payouts).",
        by=by,
    )


def _look(by: Actor) -> tuple[int, dict[str, int], dict[str, int]]:
    """How many movements were new, then ours and Stripe's by currency, without zeros."""
    synced = books.sync(by=by)
    return synced, _kept(), _said()


def _said() -> dict[str, int]:
    """Stripe's balance, available and pending, by currency."""
    cash = theirs.read_cash().values()
    sums = {one.currency: one.available_minor + one.pending_minor for one in cash}
    return {currency: minor for currency, minor in sums.items() if minor}


def _kept() -> dict[str, int]:
    """Ours: what we have is a debit."""
    rows = LedgerLeg.objects.filter(account__kind="stripe_cash").values("currency")
    sums = {row["currency"]: -row["minor"] for row in rows.annotate(minor=Sum("amount"))}
    return {currency: minor for currency, minor in sums.items() if minor}
