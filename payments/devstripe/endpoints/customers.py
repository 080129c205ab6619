"""Customers: who pays. Create, change and read."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec, clear, group, may, metadata, text
from payments.devstripe.paging import EXPAND
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "customer"

CREATE: Final[Spec] = {
    **EXPAND,
    "description": may(text()),
    "email": may(text(512)),
    "metadata": may(metadata),
    "name": may(text(256)),
    "phone": may(text(20)),
}
# An empty text clears a field, as Stripe has it; an address is replaced whole.
ADDRESS: Final[Spec] = {
    name: clear(text(500)) for name in ("city", "country", "line1", "line2", "postal_code", "state")
}
UPDATE: Final[Spec] = {
    **EXPAND,
    "address": may(group(ADDRESS)),
    "description": clear(text(5000)),
    "email": clear(text(512)),
    "metadata": may(metadata),
    "name": clear(text(256)),
    "phone": clear(text(20)),
}


def create(ctx: Context) -> Json:
    """A new customer; nothing has to be unique, as at Stripe."""
    row = ctx.put(
        {
            "id": new_id("cus"),
            "object": KIND,
            "address": None,
            "balance": 0,
            "created": ctx.now,
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": ctx.params.get("description"),
            "discount": None,
            "email": ctx.params.get("email"),
            "invoice_prefix": new_id("X")[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": ctx.params.get("metadata", {}),
            "name": ctx.params.get("name"),
            "next_invoice_sequence": 1,
            "phone": ctx.params.get("phone"),
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }
    )
    ctx.emit("customer.created", row)
    return row


def update(ctx: Context) -> Json:
    """Change what is given, keep the rest."""
    row = load(ctx, ctx.ids[0])
    changes = {name: value for name, value in ctx.params.items() if name != "expand"}
    if "address" in changes:
        changes["address"] = dict.fromkeys(ADDRESS) | changes["address"]
    if "metadata" in changes:
        changes["metadata"] = row["metadata"] | changes["metadata"]
    row.update(changes)
    ctx.emit("customer.updated", row)
    return row


def retrieve(ctx: Context) -> Json:
    """One customer."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, customer_id: str, *, param: str = "id", status: int = 404) -> Json:
    """The customer. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, customer_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, customer_id, param=param, status=status)
    return row
