"""Payouts at Stripe.

One transfer to one connected account. A transfer has no state: made is done.
"""

import datetime as dt
import functools
import uuid
from collections.abc import Iterator

import stripe
from stripe.params import TransferListParams

from payments.stripe.client import call
from payments.stripe.gateway import Transfer

MOST = 100  # of one group; two would already be one too many


def group_of(payout_id: uuid.UUID) -> str:
    """The transfer group of a payout.

    Its look-up key, since transfers cannot be found by metadata.
    """
    return f"payout_{payout_id}"


def create_transfer(
    *,
    payout_id: uuid.UUID,
    attempt: int,
    destination: str,
    currency: str,
    amount_minor: int,
    description: str,
) -> Transfer:
    """Move available money of ours to the destination, under the key of this attempt."""
    made = call(
        lambda client: client.v1.transfers.create(
            {
                "amount": amount_minor,
                "currency": currency,
                "destination": destination,
                "transfer_group": group_of(payout_id),
                "description": description,
                "metadata": {"payout": str(payout_id), "attempt": str(attempt)},
            },
            {"idempotency_key": f"payout:{payout_id}:{attempt}"},
        )
    )
    return _transfer(made)


def find_transfers(payout_id: uuid.UUID) -> list[Transfer]:
    """Every transfer ever made for a payout: none, one, or something is very wrong."""
    page = call(
        lambda client: client.v1.transfers.list(
            {"transfer_group": group_of(payout_id), "limit": MOST}
        )
    )
    return [_transfer(row) for row in page.data]


def read_transfer(transfer_id: str) -> Transfer:
    """One transfer as it is now."""
    return _transfer(call(lambda client: client.v1.transfers.retrieve(transfer_id)))


def made_since(since: dt.datetime | None) -> Iterator[list[Transfer]]:
    """Pages of the transfers made since then (or ever), newest first."""
    query: TransferListParams = {"limit": MOST}
    if since is not None:
        query["created"] = {"gte": int(since.timestamp())}
    more = True
    while more:
        page = call(functools.partial(_page, query))
        yield [_transfer(row) for row in page.data]
        more = page.has_more and bool(page.data)
        if more:
            query["starting_after"] = page.data[-1].id


def _page(
    query: TransferListParams, client: stripe.StripeClient
) -> stripe.ListObject[stripe.Transfer]:
    return client.v1.transfers.list(query)


def _transfer(row: stripe.Transfer) -> Transfer:
    destination = row.destination  # a number, since we never ask for more
    return Transfer(
        id=row.id,
        amount_minor=row.amount,
        currency=row.currency,
        destination=destination if isinstance(destination, str) else "",
        transfer_group=row.transfer_group or "",
        payout_id=str(row.metadata.to_dict().get("payout", "")),
        reversed_minor=row.amount_reversed,
        made_at=dt.datetime.fromtimestamp(row.created, dt.UTC),
    )
