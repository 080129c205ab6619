"""Payments that we begin ourselves: by a client's saved card, or from its cash balance."""

import datetime as dt
import uuid

import stripe
from stripe.params import PaymentIntentCreateParams

from payments.stripe.client import call
from payments.stripe.money_in import Intent

MOST = 100


def pay(
    *, deposit_id: uuid.UUID, customer: str, currency: str, amount_minor: int, card: str
) -> Intent:
    """Charge the card without its owner; without a card, use the cash balance of the customer.

    One key for each deposit: asking again within a day gives the same payment.
    """
    terms: PaymentIntentCreateParams = {
        "amount": amount_minor,
        "currency": currency,
        "customer": customer,
        "confirm": True,
        "description": "Prepaid project funds",
        "metadata": {"deposit": str(deposit_id)},
        "transfer_group": f"deposit_{deposit_id}",
    }
    if card:
        terms["allowed_payment_method_types"] = ["card"]
        terms["payment_method"] = card
        terms["off_session"] = True
    else:
        terms["allowed_payment_method_types"] = ["customer_balance"]
        terms["payment_method_data"] = {"type": "customer_balance"}
    made = call(
        lambda client: client.v1.payment_intents.create(
            terms, {"idempotency_key": f"deposit:{deposit_id}:1"}
        )
    )
    return _intent(made)


def find(*, customer: str, deposit_id: uuid.UUID, since: dt.datetime) -> Intent | None:
    """The payment of a deposit among the customer's newest hundred since then, if there is one."""
    page = call(
        lambda client: client.v1.payment_intents.list(
            {"customer": customer, "created": {"gte": int(since.timestamp())}, "limit": MOST}
        )
    )
    rows = [_intent(row) for row in page.data]
    return next((row for row in rows if row.deposit_id == str(deposit_id)), None)


def read(intent_id: str) -> Intent:
    """One payment as it is now."""
    return _intent(call(lambda client: client.v1.payment_intents.retrieve(intent_id)))


def cancel(intent_id: str) -> Intent:
    """Give a payment up that waits for money."""
    return _intent(call(lambda client: client.v1.payment_intents.cancel(intent_id)))


def _intent(row: stripe.PaymentIntent) -> Intent:
    metadata = row.metadata.to_dict()
    error = row.last_payment_error
    return Intent(
        id=row.id,
        deposit_id=str(metadata.get("deposit", "")),
        status=row.status,
        amount_minor=row.amount,
        currency=row.currency,
        failure=str(error.message or "") if error else "",
    )
