"""What the conformance tests ask for, on either side."""

import pytest
import stripe

CARD = {"payment_method": "pm_card_bypassPending", "confirm": True, "currency": "usd"}
BANK = {"funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}
RETURN = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}


def refused(call, kind=stripe.InvalidRequestError):
    """Status, code and parameter of a refusal; the type is the SDK's class."""
    with pytest.raises(kind) as seen:
        call()
    return seen.value.http_status, seen.value.code, getattr(seen.value, "param", None)


def charged(side, amount=5_000, **more):
    terms = {"amount": amount, **CARD, **RETURN, "metadata": side.mark, **more}
    return side.v1.payment_intents.create(terms, side.key())


def customer(side, **more):
    terms = {"name": "Lab", "email": "lab@example.com", "metadata": side.mark, **more}
    return side.v1.customers.create(terms)


def cash(side, of):
    return (side.v1.customers.cash_balance.retrieve(of.id).to_dict()["available"] or {}).get(
        "usd", 0
    )


def wire(side, of, amount):
    side.v1.test_helpers.customers.fund_cash_balance(of.id, {"amount": amount, "currency": "usd"})


def invoiced(side, of, amount=10_000):
    draft = side.v1.invoices.create(
        {
            "customer": of.id,
            "currency": "usd",
            "collection_method": "send_invoice",
            "days_until_due": 14,
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
            "payment_settings": {
                "payment_method_types": ["customer_balance"],
                "payment_method_options": {"customer_balance": BANK},
            },
            "metadata": side.mark,
        }
    )
    side.v1.invoice_items.create(
        {"customer": of.id, "currency": "usd", "amount": amount, "invoice": draft.id}
    )
    return side.v1.invoices.finalize_invoice(draft.id, {"auto_advance": False})


def paid_by_bank(side, of, amount=10_000, sent=10_000):
    """An invoice that transfers paid, read with its payments."""
    row = invoiced(side, of, amount)
    wire(side, of, sent)

    def look():
        return side.v1.invoices.retrieve(row.id, {"expand": ["payments"]})

    return side.until(look, lambda seen: seen.status == "paid")


def from_cash(side, of, amount, **more):
    return side.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "customer": of.id,
            "allowed_payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "confirm": True,
            "metadata": side.mark,
            **more,
        }
    )
