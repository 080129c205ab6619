"""Saved cards: attached to a customer, listed, taken off again; and what a SetupIntent is."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import customers
from payments.devstripe.endpoints.cards import CARDS, Card, by_method
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, may, need, one_of, text
from payments.devstripe.paging import EXPAND, PAGE, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "payment_method"
SETUP_KIND: Final = "setup_intent"
ATTACH: Final[Spec] = {**EXPAND, "customer": need(text())}
LIST: Final[Spec] = {
    **{name: field for name, field in PAGE.items() if name != "created"},
    "type": may(one_of("card")),
}
BILLING: Final = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def save(ctx: Context, card: Card, customer_id: str) -> Json:
    """A payment method of that card, attached to the customer."""
    row = ctx.put(
        {
            "id": new_id("pm"),
            "object": KIND,
            "allow_redisplay": "limited",
            "billing_details": dict(BILLING),
            "card": {
                **card.details()["card"],
                "checks": None,
                "display_brand": card.brand,
                "fingerprint": new_id("fp")[3:19],
                "networks": {"available": [card.brand], "preferred": None},
                "wallet": None,
            },
            "created": ctx.now,
            "customer": customer_id,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
        }
    )
    ctx.store.notes[row["id"]] = {"number": card.number}
    ctx.emit("payment_method.attached", row)
    return row


def set_up(ctx: Context, card: Card, customer_id: str, metadata: Json) -> Json:
    """The SetupIntent of a card that was saved without being charged."""
    method = save(ctx, card, customer_id)
    row = ctx.put(
        {
            "id": new_id("seti"),
            "object": SETUP_KIND,
            "application": None,
            "automatic_payment_methods": None,
            "cancellation_reason": None,
            "client_secret": None,
            "created": ctx.now,
            "customer": customer_id,
            "customer_account": None,
            "description": None,
            "excluded_payment_method_types": None,
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": False,
            "mandate": None,
            "metadata": metadata,
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_configuration_details": None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "single_use_mandate": None,
            "status": "succeeded",
            "usage": "off_session",
        }
    )
    ctx.emit("setup_intent.succeeded", row)
    return row


def card_of(ctx: Context, method: str | None, customer: str | None) -> Card:
    """The test card of a payment method, by Stripe's name for it or by the id it was saved under.

    Refuses none at all, unknown ones, and one that was saved for another customer.
    """
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(message, code="payment_intent_unexpected_state")
    named = by_method(method)
    if named is not None:
        return named
    row = load(ctx, method, param="payment_method", status=400)
    if row["customer"] != customer:
        message = (
            "The provided PaymentMethod was not attached to this Customer, or was detached from "
            "it. It may not be used again."
        )
        raise invalid(message, code="resource_missing", param="payment_method")
    number = ctx.store.notes[row["id"]]["number"]
    return next(card for card in CARDS if card.number == number)


def attach(ctx: Context) -> Json:
    """Save a card for a customer: one of Stripe's test names becomes a payment method of its own.

    Refuses unknown ones and cards that the bank declines already when they are saved.
    """
    customer = customers.load(ctx, ctx.params["customer"], param="customer", status=400)
    card = by_method(ctx.ids[0])
    if card is None:
        raise missing("PaymentMethod", ctx.ids[0], param="payment_method")
    if card.decline is not None and not card.keeps:
        raise invalid("Your card was declined.", code="card_declined")
    return save(ctx, card, customer["id"])


def detach(ctx: Context) -> Json:
    """Take a saved card off; it cannot be used again."""
    row = load(ctx, ctx.ids[0])
    if row["customer"] is None:
        message = "The payment method you provided is not attached to a customer."
        raise invalid(message, param="payment_method")
    row["customer"] = None
    ctx.emit("payment_method.detached", row)
    return row


def retrieve(ctx: Context) -> Json:
    """One payment method."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, method: str, *, param: str = "payment_method", status: int = 404) -> Json:
    """The payment method. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, method, owner=ctx.owner)
    if row is None:
        raise missing("PaymentMethod", method, param=param, status=status)
    return row


def retrieve_setup(ctx: Context) -> Json:
    """One SetupIntent."""
    row = ctx.store.find(SETUP_KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing("setupintent", ctx.ids[0], param="intent")
    return row


def list_all(ctx: Context) -> Json:
    """A customer's saved cards, newest first."""
    customer = customers.load(ctx, ctx.ids[0])
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    return page(ctx, [row for row in rows if row["customer"] == customer["id"]], KIND)
