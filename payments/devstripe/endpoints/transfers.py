"""Transfers from the platform to connected accounts: create, read, list."""

from typing import Final

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.endpoints import accounts, payouts
from payments.devstripe.endpoints.capabilities import transfers_status
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, currency, integer, may, metadata, need, text
from payments.devstripe.paging import EXPAND, PAGE, filters, listed, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "transfer"
CREATE: Final[Spec] = {
    **EXPAND,
    "amount": need(integer()),
    "currency": need(currency),
    "description": may(text()),
    "destination": need(text()),
    "metadata": may(metadata),
    "transfer_group": may(text()),
}
LIST: Final[Spec] = {**PAGE, **filters("destination", "transfer_group")}


def create(ctx: Context) -> Json:
    """Move available money of the platform to a connected account. It has no state: made is done.

    Refuses an unknown or closed destination, one whose transfers are not active, and more than the
    platform's available balance in that currency.
    """
    params = ctx.params
    destination = accepted(ctx, params["destination"])
    if params["amount"] > ctx.books.available(params["currency"]):
        raise invalid(
            "You have insufficient available funds in your Stripe account. Try adding funds "
            "directly to your available balance by creating Charges using the 4000000000000077 "
            "test card. See: https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )
    row = ctx.put(blank(ctx, destination["id"]))
    move(ctx, row)
    ctx.emit("transfer.created", row)
    payouts.plan(ctx, destination["id"], row["currency"])
    return row


def accepted(ctx: Context, account_id: str) -> Json:
    """The destination, if it may receive transfers now. Raises ApiError."""
    if ctx.owner != PLATFORM:
        raise invalid("Connected accounts of this platform cannot make transfers.")
    account = ctx.store.find(accounts.KIND, account_id)
    if account is None or account["closed"]:
        message = f"No such destination: '{account_id}'"
        raise invalid(message, code="resource_missing", param="destination")
    if transfers_status(account) != "active":
        raise invalid(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def blank(ctx: Context, destination: str) -> Json:
    """The transfer object before its money moved."""
    transfer_id, params = new_id("tr"), ctx.params
    return {
        "id": transfer_id,
        "object": KIND,
        "amount": params["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": ctx.now,
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": destination,
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "reversals": listed(f"/v1/transfers/{transfer_id}/reversals", []),
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }


def move(ctx: Context, row: Json) -> None:
    """Both balance transactions: out of the platform, into the destination, available at once."""
    row["balance_transaction"] = ctx.books.post(
        PLATFORM,
        "transfer",
        amount=-row["amount"],
        currency=row["currency"],
        source=row["id"],
        at=ctx.now,
    )
    ctx.books.post(
        row["destination"],
        "payment",
        amount=row["amount"],
        currency=row["currency"],
        source=row["destination_payment"],
        at=ctx.now,
        category="charge",
    )


def retrieve(ctx: Context) -> Json:
    """One transfer."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, transfer_id: str) -> Json:
    """The transfer. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, transfer_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, transfer_id)
    return row


def list_all(ctx: Context) -> Json:
    """Transfers, newest first, by destination or group. Stripe cannot filter by metadata."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in ("destination", "transfer_group"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
