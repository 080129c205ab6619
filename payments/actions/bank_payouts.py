"""What Stripe pays to annotators' banks: followed and shown, never booked.

The money is the annotator's once our transfer has reached their account at Stripe.
"""

import datetime as dt
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions.notices import notify
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.states import move
from payments.currencies import major
from payments.models import BankPayout, ConnectedAccount
from payments.selectors.rails import CLOSED
from payments.states import BANK_PAYOUT_MOVES, BankPayoutState
from payments.stripe import banks
from payments.stripe.gateway import StripeFault, ToBank

log = structlog.get_logger(__name__)

READ_AGAIN = dt.timedelta(days=1)
MAY_RETURN = dt.timedelta(days=14)  # banks send money back within five business days
SETUP = "/payouts/setup/"


def follow(payout_id: str, account_id: str, *, by: Actor) -> None:
    """Stripe tells of a payout to an annotator's bank: read it and keep it; remote, repeatable."""
    keep(account_id, banks.read_payout(payout_id, account_id), by=by)


@transaction.atomic
def keep(account_id: str, found: ToBank, *, by: Actor) -> None:
    """Write what Stripe says, forwards only: what is over is not undone by a late event.

    `paid` may still become `failed`. The annotator is told of every failure, with what to do. What
    happens in an account that was given up is left alone.
    """
    rows = ConnectedAccount.objects.select_related("annotator")
    account = rows.filter(stripe_account=account_id).first()
    if account is None:
        log.warning("account_unknown", account=account_id)
        return
    if found.status not in BankPayoutState.values or found.amount_minor == 0:
        log.warning("bank_payout_unreadable", payout=found.id, status=found.status)
        return
    row, new = BankPayout.objects.select_for_update(no_key=True).get_or_create(
        stripe_payout=found.id,
        defaults={
            "annotator": account.annotator,
            "currency": found.currency,
            "amount_minor": found.amount_minor,
            "made_at": found.made_at,
            "state": found.status,
            **_columns(found, None),
        },
    )
    if not new:
        if found.status not in BANK_PAYOUT_MOVES.get(row.state, frozenset()):
            return
        move(row, found.status, BANK_PAYOUT_MOVES, save=True, **_columns(found, row.paid_at))
    audit.record("bank_payout", row, by=by, state=row.state, failure=row.failure_code)
    if row.state == BankPayoutState.FAILED:
        amount = major(row.amount_minor, row.currency)
        text = _(
            "Your bank sent back %(amount)s that Stripe had paid to it. Correct your bank details "
            "at Stripe, which then pays again; the money is in your balance there."
        ) % {"amount": amount}
        notify(user_id=account.annotator.user_id, kind="bank_payout", text=text, link=SETUP)


def _columns(found: ToBank, paid_at: dt.datetime | None) -> dict[str, Any]:
    """What a state brings with it; that it was once paid stays known when it fails."""
    failed = found.status == BankPayoutState.FAILED
    return {
        "arrives_on": found.arrives_on,
        "failure_code": found.failure_code if failed else "",
        "failure": found.failure if failed else "",
        "paid_at": clock.now() if found.status == BankPayoutState.PAID else paid_at,
        "failed_at": clock.now() if failed else None,
    }


def catch_up(*, by: Actor, limit: int = 80) -> int:
    """Read the payouts of accounts that we paid in the last two weeks, once a day: events may be
    lost; remote. Returns how many accounts were read.
    """
    stale = Q(bank_read_at__isnull=True) | Q(bank_read_at__lte=clock.after(-READ_AGAIN))
    rows = ConnectedAccount.objects.filter(
        stale, annotator__payouts__sent_at__gte=clock.after(-MAY_RETURN)
    ).exclude(transfers=CLOSED)
    ids = rows.order_by("bank_read_at").distinct().values_list("stripe_account", flat=True)
    done = 0
    for account_id in filter(None, ids[:limit]):
        try:
            found = banks.newest_payouts(account_id)
        except StripeFault as fault:
            log.warning("bank_payouts_not_read", account=account_id, error=str(fault))
            continue
        for one in reversed(found):
            keep(account_id, one, by=by)
        _read(account_id)
        done += 1
    return done


def behind() -> int:
    """How many accounts, paid within two weeks, should have been read two days ago and were not."""
    long_ago = clock.after(-2 * READ_AGAIN)
    rows = ConnectedAccount.objects.filter(
        Q(bank_read_at__isnull=True) | Q(bank_read_at__lte=long_ago),
        annotator__payouts__sent_at__range=(clock.after(-MAY_RETURN), long_ago),
    )
    return rows.exclude(transfers=CLOSED).distinct().count()


@transaction.atomic
def _read(account_id: str) -> None:
    ConnectedAccount.objects.filter(stripe_account=account_id).update(bank_read_at=clock.now())
