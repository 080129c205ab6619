"""R8: annotators' accounts as we know them, and as Stripe has them now."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from payments.actions import differences, onboarding
from payments.actions.comparisons.running import Outcome
from payments.models import ConnectedAccount
from payments.selectors.rails import ACTIVE
from payments.stripe.gateway import StripeFault, StripeRejected

AGE = dt.timedelta(hours=24)
MOST = 200  # of one run; the next one goes on with those read longest ago
KIND = "account_unread"
AWAY = 3  # so many in a row without an answer: it is Stripe that is away, not an account
NO_ACCESS = 403


def compare(by: Actor) -> Outcome:
    """Read payable accounts that nobody has read for a day, the longest ago first; remote.

    An account that changed is brought up to date, and its annotator told; each such is counted.
    A passing fault (no answer, too many calls) is not the account's: the next run asks again.
    One of which Stripe says nothing (its owner took our access away, and the event was lost) is
    kept for a person, and the others are read all the same.
    """
    old = ConnectedAccount.objects.filter(transfers=ACTIVE, checked_at__lt=clock.after(-AGE))
    names = old.order_by("checked_at").values_list("stripe_account", flat=True)[:MOST]
    asked = [name for name in names if name]
    unread, unanswered = _read(asked, by=by)
    _keep(unread, by=by)
    checked = [name for name in asked if name not in unanswered]
    read = {_subject(name) for name in checked if name not in unread}
    differences.over(kind=KIND, subjects=read, by=by)
    still = ConnectedAccount.objects.filter(stripe_account__in=checked, transfers=ACTIVE).count()
    facts = {"changed": len(checked) - still, "unread": len(unread), "unanswered": len(unanswered)}
    return Outcome(len(checked), len(unread), facts)


def _read(names: Sequence[str], *, by: Actor) -> tuple[dict[str, StripeFault], set[str]]:
    """Bring each up to date; what Stripe said of those that it does not tell of, and which of them
    it did not answer for.
    """
    unread: dict[str, StripeFault] = {}
    unanswered: set[str] = set()
    silent = 0
    for name in names:
        try:
            onboarding.refresh(name, by=by)
        except StripeFault as fault:
            if _of_the_account(fault):
                unread[name] = fault
                silent = 0
                continue
            unanswered.add(name)
            silent += 1
            if silent == min(AWAY, len(names)):
                raise
        else:
            silent = 0
    return unread, unanswered


def _of_the_account(fault: StripeFault) -> bool:
    """Whether Stripe has answered, about this account; anything else may be any call's."""
    return isinstance(fault, StripeRejected) or fault.status == NO_ACCESS


@transaction.atomic
def _keep(unread: dict[str, StripeFault], *, by: Actor) -> None:
    """A difference each. They were asked for: the next run begins with others."""
    for name, fault in unread.items():
        differences.found(
            kind=KIND,
            subject=_subject(name),
            reason=f"Stripe does not tell of this account, which we think is payable: {fault}",
            by=by,
        )
    audit.context("asked_accounts", by=by)
    rows = ConnectedAccount.objects.filter(stripe_account__in=unread)
    rows.update(checked_at=clock.Now())


def _subject(name: str) -> str:
    return f"account:{name}"
