"""Checkout Sessions: create, read, list, expire; and what the hosted page does with them."""

from typing import Final

from payments.devstripe.constants import DAY, Json
from payments.devstripe.endpoints import customers, payment_intents
from payments.devstripe.endpoints.cards import Card
from payments.devstripe.errors import invalid, missing
from payments.devstripe.paging import page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "checkout.session"
SHORTEST, LONGEST = 30 * 60, DAY
"""Seconds a session may live (docs.stripe.com/api/checkout/sessions/create#expires_at)."""


def create(ctx: Context) -> Json:
    """A session to pay for the line items, with a link to the hosted page.

    Refuses an unknown customer, a mix of currencies, a total below Stripe's minimum, and an expiry
    outside 30 minutes to 24 hours.
    """
    params = ctx.params
    customer = None
    if "customer" in params:
        customer = customers.load(ctx, params["customer"], param="customer", status=400)
    total, currency = add_up(params["line_items"])
    payment_intents.check_amount(
        total, currency, what="The Checkout Session's total amount due", param="line_items"
    )
    expires = params.get("expires_at", ctx.now + LONGEST)
    if not ctx.now + SHORTEST <= expires <= ctx.now + LONGEST:
        message = "expires_at must be between 30 minutes and 24 hours from now."
        raise invalid(message, param="expires_at")
    row = ctx.put(blank(ctx, total, currency, expires))
    row["customer_details"] = details(params, customer)
    ctx.store.notes[row["id"]] = {
        "line_items": params["line_items"],
        "intent": params.get("payment_intent_data", {}),
    }
    _schedule_expiry(ctx, ctx.owner, row)
    return row


def _schedule_expiry(ctx: Context, owner: str, row: Json) -> None:
    state = ctx.state
    state.schedule(
        row["expires_at"], lambda at: _expire_due(Context(state, owner=owner, at=at), row)
    )


def resume(ctx: Context, owner: str) -> None:
    """After a restart: let open sessions end in time."""
    for row in ctx.store.newest_first(KIND, owner=owner):
        if row["status"] == "open":
            _schedule_expiry(ctx, owner, row)


def add_up(items: list[Json]) -> tuple[int, str]:
    """The total in minor units and the one currency of the line items."""
    currencies = sorted({item["price_data"]["currency"] for item in items})
    if len(currencies) > 1:
        message = f"All line items must have the same currency, not {', '.join(currencies)}."
        raise invalid(message, param="line_items")
    total = sum(item["price_data"]["unit_amount"] * item.get("quantity", 1) for item in items)
    return total, currencies[0]


def details(params: Json, customer: Json | None) -> Json | None:
    """What is known of the payer before the page is filled in."""
    email = customer["email"] if customer else params.get("customer_email")
    if email is None:
        return None
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": customer["name"] if customer else None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


UNUSED: Final = (
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_account",
    "invoice",
    "invoice_creation",
    "origin_context",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
    "wallet_options",
)
"""Attributes of features that the marketplace does not use: always null."""


def blank(ctx: Context, total: int, currency: str, expires: int) -> Json:
    """The session object as it is when new."""
    session_id, params = new_id("cs_test"), ctx.params
    return {
        **dict.fromkeys(UNUSED),
        "id": session_id,
        "object": KIND,
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "created": ctx.now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {},
        "customer": params.get("customer"),
        "customer_creation": None if "customer" in params else "if_required",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": expires,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{ctx.state.settings.base_url}/pay/{session_id}",
    }


def pay(ctx: Context, session: Json, card: Card) -> None:
    """The payer gave a card: the session is complete and paid, or the card's refusal is raised.

    Like Stripe's page, a declined card leaves the session open with the same PaymentIntent.
    """
    note = ctx.store.notes[session["id"]]
    if session["payment_intent"] is None:
        wanted = {
            **note["intent"],
            "amount": session["amount_total"],
            "currency": session["currency"],
        }
        if session["customer"]:
            wanted["customer"] = session["customer"]
        session["payment_intent"] = payment_intents.open_intent(ctx, wanted)["id"]
    intent = payment_intents.load(ctx, session["payment_intent"])
    payment_intents.pay(ctx, intent, card)
    session |= {"payment_status": "paid", "status": "complete", "url": None}
    ctx.emit("checkout.session.completed", session)


def expire(ctx: Context) -> Json:
    """End an open session. Refuses one that is complete or has expired."""
    session = load(ctx, ctx.ids[0])
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`."
        )
        raise invalid(message)
    _expire_due(ctx, session)
    return session


def _expire_due(ctx: Context, session: Json) -> None:
    if session["status"] == "open":
        session |= {"status": "expired", "url": None}
        ctx.emit("checkout.session.expired", session)


def retrieve(ctx: Context) -> Json:
    """One session."""
    return load(ctx, ctx.ids[0])


def load(ctx: Context, session_id: str) -> Json:
    """The session. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, session_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, session_id, param="session")
    return row


def list_all(ctx: Context) -> Json:
    """Sessions, newest first, by customer, intent or status."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in ("customer", "payment_intent", "status"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
