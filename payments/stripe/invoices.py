"""Invoices that are paid by bank transfer, and what waits in a client's cash balance.

Stripe never funds an invoice in part: a transfer that is too small stays in the cash balance of the
customer, which is not part of our balance, until the rest is there. What is too much stays there
too. https://docs.stripe.com/payments/bank-transfers/accept-a-payment
"""

import datetime as dt
import uuid

import stripe
from stripe.params import (
    InvoiceCreateParams,
    InvoiceCreateParamsPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransfer,
)

from payments.currencies import BANK_TRANSFERS
from payments.stripe.client import call
from payments.stripe.money_in import Invoice

Bank = InvoiceCreateParamsPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransfer
DAYS = 14


def name_payer(*, customer: str, name: str, email: str) -> None:
    """Tell Stripe who is billed: an invoice needs an e-mail address."""
    call(lambda client: client.v1.customers.update(customer, {"name": name, "email": email}))


def open_invoice(
    *,
    deposit_id: uuid.UUID,
    customer: str,
    currency: str,
    amount_minor: int,
    text: str,
    purchase_order: str,
    eu_country: str,
) -> Invoice:
    """Bill one deposit; asking again gives the same invoice. `eu_country` is whose IBAN is shown.

    Three calls, each under a key of its own: draft, line, final.
    """
    terms: InvoiceCreateParams = {
        "customer": customer,
        "currency": currency,
        "collection_method": "send_invoice",
        "days_until_due": DAYS,
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        "payment_settings": {
            "payment_method_types": ["customer_balance"],
            "payment_method_options": {
                "customer_balance": {
                    "funding_type": "bank_transfer",
                    "bank_transfer": _bank(currency, eu_country),
                }
            },
        },
        "metadata": {"deposit": str(deposit_id)},
    }
    if purchase_order:
        terms["custom_fields"] = [{"name": "Purchase order", "value": purchase_order[:140]}]
    key = f"deposit:{deposit_id}:invoice"
    draft = call(lambda client: client.v1.invoices.create(terms, {"idempotency_key": key}))
    call(
        lambda client: client.v1.invoice_items.create(
            {
                "customer": customer,
                "currency": currency,
                "amount": amount_minor,
                "invoice": draft.id,
                "description": text,
            },
            {"idempotency_key": f"{key}:item"},
        )
    )
    final = call(
        lambda client: client.v1.invoices.finalize_invoice(
            draft.id,
            {"auto_advance": False, "expand": ["payments"]},
            {"idempotency_key": f"{key}:final"},
        )
    )
    return _invoice(final)


def _bank(currency: str, eu_country: str) -> Bank:
    bank: Bank = {"type": BANK_TRANSFERS[currency]}
    if bank["type"] == "eu_bank_transfer":
        bank["eu_bank_transfer"] = {"country": eu_country}
    return bank


def read_invoice(invoice_id: str) -> Invoice:
    """The invoice as it is now, with the payments that arrived."""
    return _invoice(
        call(lambda client: client.v1.invoices.retrieve(invoice_id, {"expand": ["payments"]}))
    )


def read_cash(customer: str) -> dict[str, int]:
    """What a client has sent and no payment has used yet, by currency, in minor units."""
    found = call(lambda client: client.v1.customers.cash_balance.retrieve(customer))
    available = found.to_dict().get("available") or {}
    return {currency: int(amount) for currency, amount in available.items()}


def _invoice(row: stripe.Invoice) -> Invoice:
    metadata = row.metadata.to_dict() if row.metadata else {}
    payments = row.payments.data if row.payments else []
    return Invoice(
        id=row.id,
        deposit_id=str(metadata.get("deposit", "")),
        customer=_id(row.customer),
        status=row.status or "",
        amount_minor=row.total,
        currency=row.currency,
        url=row.hosted_invoice_url or "",
        number=row.number or "",
        due_at=dt.datetime.fromtimestamp(row.due_date, dt.UTC) if row.due_date else None,
        paid=tuple(
            (_id(one.payment.payment_intent), one.amount_paid or 0)
            for one in payments
            if one.status == "paid" and one.payment.payment_intent
        ),
    )


def _id(held: str | stripe.StripeObject | None) -> str:
    """The id, whether the object is named or shown."""
    return held if isinstance(held, str) else str(getattr(held, "id", ""))
