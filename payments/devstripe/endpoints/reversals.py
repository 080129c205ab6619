"""Reversals: money of a transfer taken back from the connected account. Create, read, list."""

from typing import Final

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.endpoints import transfers
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, integer, may, metadata, text
from payments.devstripe.paging import EXPAND, PAGE, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "transfer_reversal"
EMBEDDED: Final = 10
"""A transfer carries its ten newest reversals; the list endpoint has them all."""
CREATE: Final[Spec] = {
    **EXPAND,
    "amount": may(integer()),
    "description": may(text()),
    "metadata": may(metadata),
}
LIST: Final[Spec] = {name: field for name, field in PAGE.items() if name != "created"}


def create(ctx: Context) -> Json:
    """Take back all that is left of a transfer, or part of it.

    Refuses more than is left, and more than the connected account has available: after the bank
    payout nothing can be taken back.
    """
    transfer = transfers.load(ctx, ctx.ids[0])
    rest = transfer["amount"] - transfer["amount_reversed"]
    amount = ctx.params.get("amount", rest)
    if rest == 0:
        raise invalid(f"Transfer {transfer['id']} is already fully reversed.", param="id")
    if amount > rest:
        message = f"Reversal amount ({amount}) is greater than unreversed amount ({rest})."
        raise invalid(message, param="amount")
    if amount > ctx.books.available(transfer["currency"], owner=transfer["destination"]):
        message = "The connected account has not enough available balance for this reversal."
        raise invalid(message, code="balance_insufficient")
    row = write(ctx, transfer, amount)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    embedded = transfer["reversals"]
    embedded["has_more"] = embedded["has_more"] or len(embedded["data"]) == EMBEDDED
    embedded["data"] = [row, *embedded["data"]][:EMBEDDED]
    ctx.emit("transfer.reversed", transfer)
    return row


def write(ctx: Context, transfer: Json, amount: int) -> Json:
    """The reversal and both balance transactions."""
    reversal_id, refund_id = new_id("trr"), new_id("pyr")
    transaction = ctx.books.post(
        PLATFORM,
        "transfer_refund",
        amount=amount,
        currency=transfer["currency"],
        source=reversal_id,
        at=ctx.now,
        category="transfer_reversal",
    )
    ctx.books.post(
        transfer["destination"],
        "payment_refund",
        amount=-amount,
        currency=transfer["currency"],
        source=refund_id,
        at=ctx.now,
        category="refund",
    )
    return ctx.put(
        {
            "id": reversal_id,
            "object": KIND,
            "amount": amount,
            "balance_transaction": transaction,
            "created": ctx.now,
            "currency": transfer["currency"],
            "destination_payment_refund": refund_id,
            "metadata": ctx.params.get("metadata", {}),
            "source_refund": None,
            "transfer": transfer["id"],
        }
    )


def retrieve(ctx: Context) -> Json:
    """One reversal of a transfer."""
    transfer = transfers.load(ctx, ctx.ids[0])
    row = ctx.store.find(KIND, ctx.ids[1], owner=ctx.owner)
    if row is None or row["transfer"] != transfer["id"]:
        raise missing("transfer reversal", ctx.ids[1])
    return row


def list_all(ctx: Context) -> Json:
    """The reversals of one transfer, newest first."""
    transfer = transfers.load(ctx, ctx.ids[0])
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    return page(ctx, [row for row in rows if row["transfer"] == transfer["id"]], KIND)
