"""PaymentIntents and the charges they make: create, confirm, read, list."""

from typing import Final

from payments.devstripe.constants import (
    DEFAULT_MINIMUM_CHARGE,
    MAXIMUM_CHARGE,
    MINIMUM_CHARGE,
    Json,
    show_amount,
)
from payments.devstripe.endpoints import charges, customers
from payments.devstripe.endpoints.cards import MESSAGES, Card, by_method
from payments.devstripe.errors import card_declined, invalid, missing
from payments.devstripe.fields import (
    Spec,
    currency,
    flag,
    group,
    integer,
    many,
    may,
    metadata,
    need,
    one_of,
    text,
    url,
)
from payments.devstripe.paging import EXPAND, PAGE, filters, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "payment_intent"
AUTOMATIC: Final[Spec] = {
    "enabled": need(flag),
    "allow_redirects": may(one_of("always", "never")),
}
CREATE: Final[Spec] = {
    **EXPAND,
    "allowed_payment_method_types": may(many(one_of("card"))),
    "amount": need(integer()),
    "automatic_payment_methods": may(group(AUTOMATIC)),
    "confirm": may(flag),
    "currency": need(currency),
    "customer": may(text()),
    "description": may(text(1000)),
    "metadata": may(metadata),
    "off_session": may(flag),
    "payment_method": may(text()),
    "return_url": may(url),
    "transfer_group": may(text()),
}
CONFIRM: Final[Spec] = {
    **EXPAND,
    "off_session": may(flag),
    "payment_method": may(text()),
    "return_url": may(url),
}
LIST: Final[Spec] = {**PAGE, **filters("customer")}
CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")


def create(ctx: Context) -> Json:
    """A new intent, confirmed at once where asked. Refuses amounts outside Stripe's bounds."""
    params = ctx.params
    if "customer" in params:
        customers.load(ctx, params["customer"], param="customer", status=400)
    intent = open_intent(ctx, params)
    if params.get("confirm"):
        return pay(ctx, intent, card_of(params.get("payment_method")))
    return intent


def check_amount(amount: int, code: str, *, what: str = "Amount", param: str = "amount") -> None:
    """Refuse what Stripe finds too small or too large to charge."""
    least = MINIMUM_CHARGE.get(code, DEFAULT_MINIMUM_CHARGE)
    if amount < least:
        message = f"{what} must be at least {show_amount(least, code)}"
        raise invalid(message, code="amount_too_small", param=param)
    if amount > MAXIMUM_CHARGE:
        message = f"{what} must be no more than {show_amount(MAXIMUM_CHARGE, code)}"
        raise invalid(message, code="amount_too_large", param=param)


def open_intent(ctx: Context, params: Json) -> Json:
    """Write the intent that `params` describe: amount, currency, and optional attributes."""
    check_amount(params["amount"], params["currency"])
    intent_id = new_id("pi")
    method = params.get("payment_method")
    status = "requires_confirmation" if method else "requires_payment_method"
    intent: Json = {
        "id": intent_id,
        "object": KIND,
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": params.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('s')[2:]}",
        "confirmation_method": "automatic",
        "created": ctx.now,
        "currency": params["currency"],
        "customer": params.get("customer"),
        "customer_account": None,
        "description": params.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": method,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": params.get("transfer_group"),
    }
    ctx.put(intent)
    ctx.emit("payment_intent.created", intent)
    return intent


def card_of(method: str | None) -> Card:
    """The test card of a payment method. Refuses none at all and unknown ones."""
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(message, code="payment_intent_unexpected_state")
    card = by_method(method)
    if card is None:
        raise missing("PaymentMethod", method, param="payment_method", status=400)
    return card


def confirm(ctx: Context) -> Json:
    """Charge the card. Refuses an intent that is already paid."""
    intent = load(ctx, ctx.ids[0])
    if intent["status"] not in CONFIRMABLE:
        message = f"This PaymentIntent's status is {intent['status']}: it cannot be confirmed."
        raise invalid(message, code="payment_intent_unexpected_state")
    return pay(ctx, intent, card_of(ctx.params.get("payment_method") or intent["payment_method"]))


def pay(ctx: Context, intent: Json, card: Card) -> Json:
    """Charge the card: the intent succeeds, or stays open and 402 is raised with the failure."""
    method = new_id("pm")
    charge = charges.make(ctx, intent, card, method)
    intent["latest_charge"] = charge["id"]
    if card.decline is None:
        intent |= {
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "payment_method": method,
            "status": "succeeded",
        }
        ctx.emit("payment_intent.succeeded", intent)
        return intent
    intent |= {"payment_method": None, "status": "requires_payment_method"}
    message = MESSAGES[card.decline]
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": card.decline,
        "message": message,
        "type": "card_error",
    }
    ctx.emit("payment_intent.payment_failed", intent)
    raise card_declined(card.decline, message, charge["id"], intent)


def retrieve(ctx: Context) -> Json:
    """One intent."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, intent_id: str, *, param: str = "intent", status: int = 404) -> Json:
    """The intent. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, intent_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, intent_id, param=param, status=status)
    return row


def list_all(ctx: Context) -> Json:
    """Intents, newest first, of one customer where asked."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    if "customer" in ctx.params:
        rows = [row for row in rows if row["customer"] == ctx.params["customer"]]
    return page(ctx, rows, KIND)
