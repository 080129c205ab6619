"""Helpers of the payout tests: an annotator at the local Stripe, time that passes, balances."""

import datetime as dt

from marketplace.core import clock, outbox
from payments.models import ConnectedAccount, LedgerAccount
from payments.selectors.balances import of_account
from tests.support.factories_payments import annotator


def at_stripe(local, **more):
    """An annotator whose account at the local Stripe may be paid."""
    who = annotator()
    account = local.onboarded(**more)
    ConnectedAccount.objects.create(annotator=who, stripe_account=account.id, transfers="active")
    return who


def pass_time(**span):
    """Move our clock."""
    clock.advance(dt.timedelta(**span))


def run_jobs():
    """What a worker would do with the promised jobs of payments that are due."""
    for pk, name in outbox.due():
        row = outbox.take(pk) if name.startswith("payments.") else None
        if row is not None:
            outbox.run(row)


def balance(kind, owner, currency="usd"):
    row = LedgerAccount.objects.filter(kind=kind, owner_key=owner, currency=currency).first()
    return of_account(row) if row else 0


def purse(who, currency="usd"):
    """(pending, payable, in transit) of an annotator."""
    names = ("annotator_pending", "annotator_payable", "annotator_in_transit")
    return tuple(balance(name, f"annotator:{who.pk}", currency) for name in names)


def transfers(local, payout=None):
    """The transfers at the local Stripe, as (amount, destination, group)."""
    query = {"transfer_group": f"payout_{payout.pk}"} if payout else {}
    return [
        (row.amount, row.destination, row.transfer_group)
        for row in local.client.v1.transfers.list(query).auto_paging_iter()
    ]
