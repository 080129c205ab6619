"""The port to whoever carries payouts. One rail now: transfers to connected accounts at Stripe.

A rail is what sending needs and no more, so that another (payouts to countries that connected
accounts do not reach) is one class and a line of `RAILS`.
"""

import uuid
from typing import Protocol

from marketplace.core.actors import Actor
from payments.actions import onboarding
from payments.currencies import CONNECT_TRANSFER
from payments.models import ConnectedAccount, Payout, Reversal
from payments.selectors.rails import ACTIVE, CLOSED
from payments.stripe import accounts, reversals, transfers
from payments.stripe.gateway import StripeRejected, Transfer, TransferBack

DESCRIPTION = "Payout for expert work"


class PayoutRail(Protocol):
    """All of these are remote, and raise a `StripeFault` of the four kinds of gateway.py."""

    def prepare(self, row: Payout, *, by: Actor) -> bool:
        """Whether the destination may receive money at this moment."""

    def send(self, row: Payout) -> Transfer:
        """The call itself, under the key of the row's attempt."""

    def find(self, row: Payout) -> list[Transfer]:
        """All that was ever sent for this payout: none, one, or something is very wrong."""

    def read(self, transfer_id: str) -> Transfer:
        """One of them as it is now."""

    def reverse(self, row: Reversal) -> TransferBack:
        """Take part of a sent payout back, under the key of the reversal's attempt."""

    def reversals(self, row: Payout) -> list[TransferBack]:
        """All that ever came back of a sent payout, whoever took it, the oldest first."""


class ConnectTransferRail:
    """Our balance at Stripe to the annotator's account there, whose bank payouts Stripe makes."""

    def prepare(self, row: Payout, *, by: Actor) -> bool:
        """What Stripe says of the account now; it is kept, also where the answer is no.

        Of one whose owner took our access away it says nothing any more (403, which proves
        nothing): that it is closed is known already, and for good.
        """
        if ConnectedAccount.objects.filter(stripe_account=row.destination, transfers=CLOSED):
            return False
        try:
            account = accounts.read_account(row.destination)
        except StripeRejected:  # no such account, or no longer ours
            return False
        onboarding.keep(account, by=by)
        return account.transfers == ACTIVE and not account.closed

    def send(self, row: Payout) -> Transfer:
        """One transfer, with what the row has said from the beginning."""
        return transfers.create_transfer(
            payout_id=row.pk,
            attempt=row.attempt,
            destination=row.destination,
            currency=row.currency,
            amount_minor=row.amount_minor,
            description=DESCRIPTION,
        )

    def find(self, row: Payout) -> list[Transfer]:
        """By transfer group, the only name of ours that Stripe can look up."""
        return transfers.find_transfers(row.pk)

    def read(self, transfer_id: str) -> Transfer:
        """By its id."""
        return transfers.read_transfer(transfer_id)

    def reverse(self, row: Reversal) -> TransferBack:
        """From the account's available balance at Stripe, which may be empty by now."""
        return reversals.create_reversal(
            transfer=row.payout.stripe_transfer or "",
            reversal_id=row.pk,
            clawback_id=row.clawback_id or row.pk,
            attempt=row.attempt,
            amount_minor=row.amount_minor,
        )

    def reversals(self, row: Payout) -> list[TransferBack]:
        """Of its transfer."""
        return reversals.find_reversals(row.stripe_transfer or "")


RAILS: dict[str, PayoutRail] = {CONNECT_TRANSFER: ConnectTransferRail()}


def of(row: Payout) -> PayoutRail:
    """The rail of a payout, frozen on it when it was made."""
    return RAILS[row.rail]


def payout_of(transfer: Transfer) -> uuid.UUID | None:
    """Which payout a transfer says it is for; None for one that is nobody's."""
    try:
        return uuid.UUID(transfer.payout_id)
    except ValueError:
        return None
