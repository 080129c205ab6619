"""What the invoice endpoints take, and the objects as they are when new."""

from typing import Final

from payments.devstripe.constants import Json
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
)
from payments.devstripe.paging import EXPAND, PAGE, filters, listed
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

BANK_TRANSFERS: Final = (
    "eu_bank_transfer",
    "gb_bank_transfer",
    "jp_bank_transfer",
    "mx_bank_transfer",
    "us_bank_transfer",
)
EU: Final[Spec] = {"country": need(one_of("BE", "DE", "ES", "FR", "IE", "NL"))}
BANK: Final[Spec] = {"eu_bank_transfer": may(group(EU)), "type": need(one_of(*BANK_TRANSFERS))}
CASH: Final[Spec] = {
    "bank_transfer": may(group(BANK)),
    "funding_type": may(one_of("bank_transfer")),
}
SETTINGS: Final[Spec] = {
    "payment_method_options": may(group({"customer_balance": may(group(CASH))})),
    "payment_method_types": may(many(one_of("card", "customer_balance"))),
}
FIELD: Final[Spec] = {"name": need(text(40)), "value": need(text(140))}
CREATE: Final[Spec] = {
    **EXPAND,
    "auto_advance": may(flag),
    "collection_method": may(one_of("charge_automatically", "send_invoice")),
    "currency": may(currency),
    "custom_fields": may(many(group(FIELD), 4)),
    "customer": need(text()),
    "days_until_due": may(integer(0, 10_000)),
    "description": may(text(1500)),
    "footer": may(text()),
    "metadata": may(metadata),
    "payment_settings": may(group(SETTINGS)),
    "pending_invoice_items_behavior": may(one_of("exclude", "include")),
}
ITEM: Final[Spec] = {
    **EXPAND,
    "amount": need(integer(-(10**12), 10**12)),
    "currency": need(currency),
    "customer": need(text()),
    "description": may(text()),
    "invoice": need(text()),
    "metadata": may(metadata),
}
FINALIZE: Final[Spec] = {**EXPAND, "auto_advance": may(flag)}
LIST: Final[Spec] = {
    **PAGE,
    **filters("customer"),
    "status": may(one_of("draft", "open", "paid", "uncollectible", "void")),
}
NULL: Final = (
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "customer_account",
    "customer_phone",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "due_date",
    "effective_at",
    "ending_balance",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "parent",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "subtotal_excluding_tax",
    "test_clock",
    "total_excluding_tax",
    "total_taxes",
    "webhooks_delivered_at",
)
ZERO: Final = (
    "amount_due",
    "amount_overpaid",
    "amount_paid",
    "amount_paid_off_stripe",
    "amount_remaining",
    "amount_shipping",
    "attempt_count",
    "post_payment_credit_notes_amount",
    "pre_payment_credit_notes_amount",
    "starting_balance",
    "subtotal",
    "total",
)


def invoice(ctx: Context, customer: Json) -> Json:
    """The invoice as a draft without lines."""
    params, invoice_id = ctx.params, new_id("in")
    ctx.store.notes[invoice_id] = {"days_until_due": params.get("days_until_due")}
    return {
        **dict.fromkeys(NULL),
        **dict.fromkeys(ZERO, 0),
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Local Stripe",
        "attempted": False,
        "auto_advance": params.get("auto_advance", False),
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": "manual",
        "collection_method": params.get("collection_method", "charge_automatically"),
        "created": ctx.now,
        "currency": params.get("currency", "usd"),
        "custom_fields": params.get("custom_fields"),
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "description": params.get("description"),
        "discounts": [],
        "footer": params.get("footer"),
        "issuer": {"type": "self"},
        "lines": listed(f"/v1/invoices/{invoice_id}/lines", []),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
            **params.get("payment_settings", {}),
        },
        "period_end": ctx.now,
        "period_start": ctx.now,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
    }


def item(ctx: Context) -> Json:
    """An invoice item."""
    params = ctx.params
    return {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": params["amount"],
        "currency": params["currency"],
        "customer": params["customer"],
        "customer_account": None,
        "date": ctx.now,
        "description": params.get("description"),
        "discountable": True,
        "discounts": [],
        "invoice": params["invoice"],
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "net_amount": params["amount"],
        "parent": None,
        "period": {"end": ctx.now, "start": ctx.now},
        "pricing": None,
        "proration": False,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": None,
    }


def line(ctx: Context, of: Json) -> Json:
    """The line that an item becomes on its invoice."""
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": of["amount"],
        "currency": of["currency"],
        "description": of["description"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": of["invoice"],
        "livemode": False,
        "metadata": of["metadata"],
        "parent": None,
        "period": {"end": ctx.now, "start": ctx.now},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "subscription": None,
        "subtotal": of["amount"],
        "taxes": [],
    }


def payment(ctx: Context, of: Json, intent: Json) -> Json:
    """The invoice payment that joins an invoice and its PaymentIntent."""
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": of["amount_due"],
        "created": ctx.now,
        "currency": of["currency"],
        "invoice": of["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
