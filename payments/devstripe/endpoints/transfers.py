"""Transfers from the platform to connected accounts: create, describe, read, list."""

from typing import Final

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.endpoints import accounts, charges, payouts
from payments.devstripe.endpoints.capabilities import transfers_status
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, clear, currency, integer, may, metadata, need, text
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
    "source_transaction": may(text()),
    "transfer_group": may(text()),
}
UPDATE: Final[Spec] = {**EXPAND, "description": clear(text()), "metadata": may(metadata)}
LIST: Final[Spec] = {**PAGE, **filters("destination", "transfer_group")}


def create(ctx: Context) -> Json:
    """Move available money of the platform to a connected account. It has no state: made is done.

    Refuses an unknown or closed destination, one whose transfers are not active, and more than the
    platform's available balance in that currency. With `source_transaction` a charge is what it
    draws on, pending or not: its money is the destination's when it would be ours.
    """
    params = ctx.params
    destination = accepted(ctx, params["destination"])
    source = drawn_on(ctx)
    if source is None and params["amount"] > ctx.books.available(params["currency"]):
        raise invalid(
            "You have insufficient available funds in your Stripe account. Try adding funds "
            "directly to your available balance by creating Charges using the 4000000000000077 "
            "test card. See: https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )
    row = ctx.put(blank(ctx, destination["id"]))
    ready = move(ctx, row, source)
    ctx.emit("transfer.created", row)
    payouts.plan(ctx, destination["id"], row["currency"], ready=ready)
    return row


def drawn_on(ctx: Context) -> Json | None:
    """The charge that a transfer draws on, if one is named; its group is the transfer's then.

    Refuses a charge that was not paid, another currency, and more than is left of the charge.
    """
    params = ctx.params
    if "source_transaction" not in params:
        return None
    charge = charges.load(ctx, params["source_transaction"], param="source_transaction", status=400)
    if charge["status"] != "succeeded" or charge["currency"] != params["currency"]:
        message = f"{charge['id']} was not paid, or not in {params['currency']}."
        raise invalid(message, param="source_transaction")
    rows = ctx.store.newest_first(KIND)
    drawn = sum(
        row["amount"] - row["amount_reversed"]
        for row in rows
        if row["source_transaction"] == charge["id"]
    )
    if drawn + params["amount"] > charge["amount"]:
        raise invalid(
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{charge['amount']}. (There is already a total transferred amount of {drawn}.)",
            param="source_transaction",
        )
    charge["transfer_group"] = charge["transfer_group"] or f"group_{charge['id']}"
    params.setdefault("transfer_group", charge["transfer_group"])
    return charge


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
        "source_transaction": params.get("source_transaction"),
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }


def move(ctx: Context, row: Json, source: Json | None) -> int:
    """Both balance transactions: out of the platform, into the destination.

    Returns when the money is available there: at once, or after `Settings.transfer_seconds`, or
    with the charge it draws on.
    """
    ready = ctx.now
    if source is not None:
        paid = ctx.store.find("balance_transaction", source["balance_transaction"])
        ready = max(ready, paid["available_on"] if paid else 0)
    row["balance_transaction"] = ctx.books.post(
        PLATFORM,
        "transfer",
        amount=-row["amount"],
        currency=row["currency"],
        source=row["id"],
        at=ctx.now,
        available_on=ready,
    )
    there = max(ready, ctx.now + ctx.state.settings.transfer_seconds)
    ctx.books.post(
        row["destination"],
        "payment",
        amount=row["amount"],
        currency=row["currency"],
        source=row["destination_payment"],
        at=ctx.now,
        available_on=there,
        category="charge",
    )
    return there


def update(ctx: Context) -> Json:
    """Describe it anew; nothing else of a transfer can change."""
    row = load(ctx, ctx.ids[0])
    if "description" in ctx.params:
        row["description"] = ctx.params["description"]
    row["metadata"] = row["metadata"] | ctx.params.get("metadata", {})
    ctx.emit("transfer.updated", row)
    return row


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
