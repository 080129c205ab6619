"""Top-ups: our own money, from our bank into our Stripe balance. Create, read, list."""

from typing import Final

from payments.devstripe.constants import DAY, PLATFORM, Json
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, currency, integer, may, metadata, need, one_of, text
from payments.devstripe.paging import EXPAND, PAGE, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "topup"
ARRIVAL: Final = 5 * DAY
"""A top-up of a US platform takes days; this figure is a guess."""
CREATE: Final[Spec] = {
    **EXPAND,
    "amount": need(integer()),
    "currency": need(currency),
    "description": may(text()),
    "metadata": may(metadata),
    "statement_descriptor": may(text(15)),
    "transfer_group": may(text()),
}
LIST: Final[Spec] = {
    **PAGE,
    "status": may(one_of("canceled", "failed", "pending", "succeeded")),
}


def create(ctx: Context) -> Json:
    """Ask our bank for money; it is ours to spend days later. Refuses connected accounts."""
    if ctx.owner != PLATFORM:
        raise invalid("Connected accounts of this platform cannot be topped up.")
    params = ctx.params
    row = ctx.put(
        {
            "id": new_id("tu"),
            "object": KIND,
            "amount": params["amount"],
            "balance_transaction": None,
            "created": ctx.now,
            "currency": params["currency"],
            "description": params.get("description"),
            "expected_availability_date": ctx.now + ARRIVAL,
            "failure_code": None,
            "failure_message": None,
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "source": None,
            "statement_descriptor": params.get("statement_descriptor"),
            "status": "pending",
            "transfer_group": params.get("transfer_group"),
        }
    )
    ctx.emit("topup.created", row)
    _schedule(ctx, row)
    return row


def _schedule(ctx: Context, row: Json) -> None:
    state = ctx.state
    state.schedule(
        row["expected_availability_date"], lambda at: _arrive(Context(state, at=at), row)
    )


def resume(ctx: Context) -> None:
    """After a restart: what is on its way still arrives."""
    for row in ctx.store.newest_first(KIND):
        if row["status"] == "pending":
            _schedule(ctx, row)


def _arrive(ctx: Context, row: Json) -> None:
    if row["status"] != "pending":
        return
    row["status"] = "succeeded"
    row["balance_transaction"] = ctx.books.post(
        PLATFORM,
        "topup",
        amount=row["amount"],
        currency=row["currency"],
        source=row["id"],
        at=ctx.now,
    )
    ctx.emit("topup.succeeded", row)


def fail(ctx: Context, row: Json, code: str) -> None:
    """Our bank said no, before the money came."""
    message = "Your bank has declined this top-up."
    row |= {"status": "failed", "failure_code": code, "failure_message": message}
    ctx.emit("topup.failed", row)


def retrieve(ctx: Context) -> Json:
    """One top-up."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0])
    return row


def list_all(ctx: Context) -> Json:
    """Top-ups, newest first, by status."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    if "status" in ctx.params:
        rows = [row for row in rows if row["status"] == ctx.params["status"]]
    return page(ctx, rows, KIND)
