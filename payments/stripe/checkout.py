"""Deposits at Stripe: a customer for each client, a hosted payment page for each deposit."""

import uuid

import stripe

from payments.stripe.client import call
from payments.stripe.gateway import Checkout


def create_customer(*, organization_id: uuid.UUID, name: str) -> str:
    """The id of the client's customer; the same key gives the same customer again."""
    made = call(
        lambda client: client.v1.customers.create(
            {"name": name, "metadata": {"organization": str(organization_id)}},
            {"idempotency_key": f"customer:{organization_id}"},
        )
    )
    return made.id


def open_checkout(
    *,
    deposit_id: uuid.UUID,
    customer: str,
    currency: str,
    amount_minor: int,
    success_url: str,
    cancel_url: str,
) -> Checkout:
    """Open a payment page for one deposit; asking again gives the same page."""
    reference = {"deposit": str(deposit_id)}
    made = call(
        lambda client: client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "customer": customer,
                "success_url": success_url,
                "cancel_url": cancel_url,
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": currency,
                            "unit_amount": amount_minor,
                            "product_data": {"name": "Prepaid project funds"},
                        },
                    }
                ],
                "payment_intent_data": {
                    "metadata": reference,
                    "transfer_group": f"deposit_{deposit_id}",
                },
                "metadata": reference,
            },
            {"idempotency_key": f"deposit:{deposit_id}:1"},
        )
    )
    return _checkout(made)


def read_checkout(session_id: str) -> Checkout:
    """The page as it is now, with the state of its payment."""
    found = call(
        lambda client: client.v1.checkout.sessions.retrieve(
            session_id, {"expand": ["payment_intent"]}
        )
    )
    return _checkout(found)


def _checkout(session: stripe.checkout.Session) -> Checkout:
    intent_id, intent_status = _intent(session.payment_intent)
    metadata = session.metadata.to_dict() if session.metadata else {}
    return Checkout(
        id=session.id,
        mode=session.mode,
        customer=session.customer if isinstance(session.customer, str) else "",
        deposit_id=str(metadata.get("deposit", "")),
        status=session.status or "",
        payment_status=session.payment_status,
        payment_intent=intent_id,
        intent_status=intent_status,
        amount_minor=session.amount_total or 0,
        currency=session.currency or "",
        url=session.url or "",
    )


def _intent(intent: str | stripe.PaymentIntent | None) -> tuple[str, str]:
    """Id and status of the payment; its status is known only where it was asked for."""
    if isinstance(intent, stripe.PaymentIntent):
        return intent.id, intent.status
    return intent or "", ""
