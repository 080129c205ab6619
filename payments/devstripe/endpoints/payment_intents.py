"""PaymentIntents and the charges they make: create, confirm, read, list."""

from dataclasses import replace
from typing import Final

from payments.devstripe.constants import (
    DEFAULT_MINIMUM_CHARGE,
    MAXIMUM_CHARGE,
    MINIMUM_CHARGE,
    Json,
    show_amount,
)
from payments.devstripe.endpoints import charges, customers, payment_methods
from payments.devstripe.endpoints.cards import MESSAGES, Card
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
TRANSFERS: Final = (
    "eu_bank_transfer",
    "gb_bank_transfer",
    "jp_bank_transfer",
    "mx_bank_transfer",
    "us_bank_transfer",
)
EU: Final[Spec] = {"country": need(text(2))}
BANK: Final[Spec] = {"eu_bank_transfer": may(group(EU)), "type": need(one_of(*TRANSFERS))}
CASH: Final[Spec] = {
    "bank_transfer": may(group(BANK)),
    "funding_type": may(one_of("bank_transfer")),
}
AUTOMATIC: Final[Spec] = {
    "enabled": need(flag),
    "allow_redirects": may(one_of("always", "never")),
}
CREATE: Final[Spec] = {
    **EXPAND,
    "allowed_payment_method_types": may(many(one_of("card", "customer_balance"))),
    "amount": need(integer()),
    "automatic_payment_methods": may(group(AUTOMATIC)),
    "confirm": may(flag),
    "currency": need(currency),
    "customer": may(text()),
    "description": may(text(1000)),
    "metadata": may(metadata),
    "off_session": may(flag),
    "payment_method": may(text()),
    "payment_method_data": may(group({"type": need(one_of("customer_balance"))})),
    "payment_method_options": may(group({"customer_balance": may(group(CASH))})),
    "return_url": may(url),
    "transfer_group": may(text()),
}
CONFIRM: Final[Spec] = {
    **EXPAND,
    "off_session": may(flag),
    "payment_method": may(text()),
    "return_url": may(url),
}
CANCEL: Final[Spec] = {
    **EXPAND,
    "cancellation_reason": may(
        one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")
    ),
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
        return charge(ctx, intent, params)
    return intent


def charge(ctx: Context, intent: Json, params: Json) -> Json:
    """Charge the payment method named, or the intent's own, with or without its owner present."""
    method = params.get("payment_method") or intent["payment_method"]
    card = payment_methods.card_of(ctx, method, intent["customer"])
    return pay(ctx, intent, card, off_session=bool(params.get("off_session")), method=method)


def check_amount(amount: int, code: str, *, what: str = "Amount", param: str = "amount") -> None:
    """Refuse what Stripe finds too small or too large to charge."""
    least = MINIMUM_CHARGE.get(code, DEFAULT_MINIMUM_CHARGE)
    if amount < least:
        message = f"{what} must be at least {show_amount(least, code)}"
        raise invalid(message, code="amount_too_small", param=param)
    if amount > MAXIMUM_CHARGE:
        message = f"{what} must be no more than {show_amount(MAXIMUM_CHARGE, code)}"
        raise invalid(message, code="amount_too_large", param=param)


def open_intent(ctx: Context, params: Json, *, method_type: str = "card") -> Json:
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
        "payment_method_types": [method_type],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": params.get("setup_future_usage"),
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


def confirm(ctx: Context) -> Json:
    """Charge the card. Refuses an intent that is already paid."""
    intent = load(ctx, ctx.ids[0])
    if intent["status"] not in CONFIRMABLE:
        message = f"This PaymentIntent's status is {intent['status']}: it cannot be confirmed."
        raise invalid(message, code="payment_intent_unexpected_state")
    return charge(ctx, intent, ctx.params)


def pay(
    ctx: Context, intent: Json, card: Card, *, off_session: bool = False, method: str | None = None
) -> Json:
    """Charge the card: the intent succeeds, or stays open and 402 is raised with the failure.

    Off session a card whose bank asks for its owner is refused: `authentication_required`.
    """
    if card.asks and off_session:
        card = replace(card, decline="authentication_required")
    if method is None or not method.startswith("pm_") or method.startswith("pm_card_"):
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
        "code": "authentication_required" if card.asks else "card_declined",
        "decline_code": card.decline,
        "message": message,
        "type": "card_error",
    }
    ctx.emit("payment_intent.payment_failed", intent)
    raise card_declined(card.decline, message, charge["id"], intent)


def of_invoice(ctx: Context, row: Json) -> Json:
    """The intent that a finalized invoice is paid by."""
    types = row["payment_settings"]["payment_method_types"] or ["card"]
    wanted = {"amount": row["amount_due"], "currency": row["currency"], "customer": row["customer"]}
    intent = open_intent(ctx, wanted, method_type=types[0])
    intent["description"] = f"Payment for Invoice {row['number']}"
    return intent


def pay_by_transfer(ctx: Context, intent: Json, method: str = "customer_balance") -> Json:
    """Money of the customer's cash balance, or of a bank debit, becomes ours: a charge of the type
    `payment`.
    """
    charge = charges.make_transfer(ctx, intent, method)
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "next_action": None,
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "status": "succeeded",
    }
    ctx.emit("payment_intent.succeeded", intent)
    return intent


def cancel(ctx: Context) -> Json:
    """Give an unpaid intent up. Refuses one that has succeeded or was canceled before."""
    intent = load(ctx, ctx.ids[0])
    if intent["status"] in ("succeeded", "canceled", "processing"):
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        )
        raise invalid(message, code="payment_intent_unexpected_state")
    return call_off(ctx, intent, ctx.params.get("cancellation_reason"))


def call_off(ctx: Context, intent: Json, reason: str | None) -> Json:
    """The intent will not be paid any more."""
    intent |= {"status": "canceled", "canceled_at": ctx.now, "cancellation_reason": reason}
    ctx.emit("payment_intent.canceled", intent)
    return intent


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
