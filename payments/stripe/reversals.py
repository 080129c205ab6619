"""Reversals of transfers at Stripe: money back from a connected account's available balance."""

import datetime as dt
import functools
import uuid

import stripe
from stripe.params import TransferReversalListParams

from payments.stripe.client import call
from payments.stripe.gateway import TransferBack

PAGE = 100


def create_reversal(
    *,
    transfer: str,
    reversal_id: uuid.UUID,
    clawback_id: uuid.UUID,
    attempt: int,
    amount_minor: int,
) -> TransferBack:
    """Take back part of a transfer, under the key of this attempt."""
    metadata = {
        "reversal": str(reversal_id),
        "clawback": str(clawback_id),
        "attempt": str(attempt),
    }
    made = call(
        lambda client: client.v1.transfers.reversals.create(
            transfer,
            {"amount": amount_minor, "metadata": metadata},
            {"idempotency_key": f"clawback:{clawback_id}:{attempt}"},
        )
    )
    return _back(made)


def find_reversals(transfer: str) -> list[TransferBack]:
    """Every reversal of a transfer, whoever made it, the oldest first."""
    query: TransferReversalListParams = {"limit": PAGE}
    found, more = [], True
    while more:
        page = call(functools.partial(_page, transfer, query))
        found += [_back(row) for row in page.data]
        more = page.has_more and bool(page.data)
        if more:
            query["starting_after"] = page.data[-1].id
    return found[::-1]


def transfer_of(movement: str) -> str:
    """Whose reversal a balance transaction of type `transfer_refund` is: the id of the transfer.

    Empty where its source is something else.
    """
    row = call(
        lambda client: client.v1.balance_transactions.retrieve(movement, {"expand": ["source"]})
    )
    source = row.source
    return _back(source).transfer if isinstance(source, stripe.TransferReversal) else ""


def _page(
    transfer: str, query: TransferReversalListParams, client: stripe.StripeClient
) -> stripe.ListObject[stripe.TransferReversal]:
    return client.v1.transfers.reversals.list(transfer, query)


def _back(row: stripe.TransferReversal) -> TransferBack:
    transfer = row.transfer
    return TransferBack(
        id=row.id,
        transfer=transfer if isinstance(transfer, str) else transfer.id,
        amount_minor=row.amount,
        currency=row.currency,
        reversal_id=str(row.metadata.to_dict().get("reversal", "")) if row.metadata else "",
        made_at=dt.datetime.fromtimestamp(row.created, dt.UTC),
    )
