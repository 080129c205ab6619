"""The balance and its transactions, of the platform or of a connected account."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec
from payments.devstripe.paging import PAGE, filters, page
from payments.devstripe.state import Context

KIND: Final = "balance_transaction"
FILTERS: Final = ("currency", "source", "type")
LIST: Final[Spec] = {**PAGE, **filters(*FILTERS)}


def retrieve(ctx: Context) -> Json:
    """Available and pending money of the account of this request."""
    return ctx.books.balance(ctx.owner)


def retrieve_transaction(ctx: Context) -> Json:
    """One balance transaction."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing("balance transaction", ctx.ids[0])
    return row


def list_transactions(ctx: Context) -> Json:
    """Balance transactions, newest first, by currency, source or type."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in FILTERS:
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
