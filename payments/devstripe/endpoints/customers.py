"""Customers: who pays. Create and read."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec, may, metadata, text
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


def retrieve(ctx: Context) -> Json:
    """One customer."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, customer_id: str, *, param: str = "id", status: int = 404) -> Json:
    """The customer. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, customer_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, customer_id, param=param, status=status)
    return row
