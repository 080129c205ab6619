"""Charges: made by PaymentIntents, read and listed here."""

from typing import Final

from payments.devstripe.constants import Json, stripe_fee, transfer_fee
from payments.devstripe.endpoints import payouts
from payments.devstripe.endpoints.cards import MESSAGES, Card
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec
from payments.devstripe.paging import PAGE, filters, listed, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "charge"
TRANSFERRED: Final = Card("", "", "Bank transfer")
FILTERS: Final = ("customer", "payment_intent", "transfer_group")
LIST: Final[Spec] = {**PAGE, **filters(*FILTERS)}


def make(ctx: Context, intent: Json, card: Card, method: str) -> Json:
    """Charge a card for an intent: the money is pending, then available, less Stripe's fee."""
    charge = blank(ctx, intent, card, method)
    if card.decline is None:
        ready = ctx.now + (0 if card.instant else ctx.state.settings.settle_seconds)
        charge["balance_transaction"] = ctx.books.post(
            ctx.owner,
            "charge",
            amount=charge["amount"],
            currency=charge["currency"],
            source=charge["id"],
            at=ctx.now,
            fee=stripe_fee(charge["amount"]),
            available_on=ready,
        )
        payouts.plan(ctx, ctx.owner, charge["currency"], ready=ready)
    ctx.put(charge)
    ctx.emit("charge.failed" if card.decline else "charge.succeeded", charge)
    return charge


def make_transfer(ctx: Context, intent: Json, method: str) -> Json:
    """Money of a bank transfer (`customer_balance`) or a bank debit, applied to an intent: a charge
    whose balance transaction is a `payment`, available at once, less Stripe's fee for transfers.
    """
    charge = blank(ctx, intent, TRANSFERRED, new_id("pm"))
    charge["payment_method_details"] = {method: {}, "type": method}
    charge["balance_transaction"] = ctx.books.post(
        ctx.owner,
        "payment",
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        at=ctx.now,
        fee=transfer_fee(charge["amount"]),
        category="charge",
    )
    payouts.plan(ctx, ctx.owner, charge["currency"])
    ctx.put(charge)
    ctx.emit("charge.succeeded", charge)
    return charge


def blank(ctx: Context, intent: Json, card: Card, method: str) -> Json:
    """The charge object before any money moved."""
    charge_id, declined = new_id("ch"), card.decline is not None
    return {
        "id": charge_id,
        "object": KIND,
        "amount": intent["amount"],
        "amount_captured": 0 if declined else intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": None,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": None,
        "captured": not declined,
        "created": ctx.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": "card_declined" if declined else None,
        "failure_message": MESSAGES[card.decline] if card.decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": outcome(card),
        "paid": not declined,
        "payment_intent": intent["id"],
        "payment_method": method,
        "payment_method_details": card.details(),
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "refunds": listed(f"/v1/charges/{charge_id}/refunds", []),
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed" if declined else "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def outcome(card: Card) -> Json:
    """What the network said."""
    declined = card.decline is not None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": card.decline,
        "risk_level": "normal",
        "seller_message": None if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


def retrieve(ctx: Context) -> Json:
    """One charge."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, charge_id: str, *, param: str = "id", status: int = 404) -> Json:
    """The charge. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, charge_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, charge_id, param=param, status=status)
    return row


def list_all(ctx: Context) -> Json:
    """Charges, newest first, by customer, intent or group."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in FILTERS:
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
