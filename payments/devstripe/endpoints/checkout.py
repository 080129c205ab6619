"""Checkout Sessions: create, read, list, expire; and what the hosted page does with them."""

from typing import Final

from payments.devstripe.constants import DAY, Json
from payments.devstripe.endpoints import customers, payment_intents, payment_methods
from payments.devstripe.endpoints.cards import MESSAGES, Card
from payments.devstripe.errors import card_declined, invalid, missing
from payments.devstripe.paging import page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "checkout.session"
DEBIT_SECONDS: Final = 4 * DAY
"""A bank debit takes about four business days to succeed or fail."""
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
    total, currency = due(params, customer)
    expires = params.get("expires_at", ctx.now + LONGEST)
    if not ctx.now + SHORTEST <= expires <= ctx.now + LONGEST:
        message = "expires_at must be between 30 minutes and 24 hours from now."
        raise invalid(message, param="expires_at")
    row = ctx.put(blank(ctx, total, currency, expires))
    row["customer_details"] = details(params, customer)
    ctx.store.notes[row["id"]] = {
        "line_items": params.get("line_items", []),
        "intent": params.get("payment_intent_data", {}),
    }
    _schedule_expiry(ctx, ctx.owner, row)
    return row


def due(params: Json, customer: Json | None) -> tuple[int | None, str | None]:
    """Total and currency; a page that only saves a card has no total.

    Refuses totals that cannot be charged, and a page to save a card for nobody or with lines.
    """
    if params["mode"] == "setup":
        if customer is None or "line_items" in params:
            message = "A session in setup mode needs a customer, and takes no line_items."
            raise invalid(message, param="customer")
        return None, params.get("currency")
    if "line_items" not in params:
        message = "Missing required param: line_items."
        raise invalid(message, code="parameter_missing", param="line_items")
    total, currency = add_up(params["line_items"])
    payment_intents.check_amount(
        total, currency, what="The Checkout Session's total amount due", param="line_items"
    )
    return total, currency


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
        elif row["payment_status"] == "unpaid" and "debit_at" in ctx.store.notes[row["id"]]:
            _schedule_debit(ctx, owner, row)


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


def blank(ctx: Context, total: int | None, currency: str | None, expires: int) -> Json:
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
        "mode": params["mode"],
        "payment_intent": None,
        "payment_method_collection": "if_required" if total else "always",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if total else "no_payment_required",
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

    Like Stripe's page, a declined card leaves the session open with the same PaymentIntent. Where
    it is asked for, the card is saved for charges without its owner.
    """
    if session["mode"] == "setup":
        _save(ctx, session, card)
        return
    intent = _intent(ctx, session)
    method = None
    if intent["setup_future_usage"] and session["customer"] and (not card.decline or card.keeps):
        method = payment_methods.save(ctx, card, session["customer"])["id"]
    payment_intents.pay(ctx, intent, card, method=method)
    session |= {"payment_status": "paid", "status": "complete", "url": None}
    ctx.emit("checkout.session.completed", session)


def _save(ctx: Context, session: Json, card: Card) -> None:
    if card.decline is not None and not card.keeps:
        raise card_declined(card.decline, MESSAGES[card.decline], "", {})
    made = payment_methods.set_up(ctx, card, session["customer"], dict(session["metadata"]))
    session |= {"setup_intent": made["id"], "status": "complete", "url": None}
    ctx.emit("checkout.session.completed", session)


def _intent(ctx: Context, session: Json) -> Json:
    """The PaymentIntent of the session, made with the first try."""
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
    return payment_intents.load(ctx, session["payment_intent"])


def debit(ctx: Context, session: Json, *, fails: bool) -> None:
    """The payer chose a bank debit: the session is complete and unpaid until the bank has said.

    After four days the money comes, or does not.
    """
    intent = _intent(ctx, session)
    intent |= {"status": "processing"}
    session |= {"status": "complete", "url": None}
    ctx.store.notes[session["id"]] |= {"debit_at": ctx.now + DEBIT_SECONDS, "debit_fails": fails}
    ctx.emit("payment_intent.processing", intent)
    ctx.emit("checkout.session.completed", session)
    _schedule_debit(ctx, ctx.owner, session)


def _schedule_debit(ctx: Context, owner: str, session: Json) -> None:
    state, at = ctx.state, ctx.store.notes[session["id"]]["debit_at"]
    state.schedule(at, lambda now: _debited(Context(state, owner=owner, at=now), session))


def _debited(ctx: Context, session: Json) -> None:
    intent = payment_intents.load(ctx, session["payment_intent"])
    if intent["status"] != "processing":
        return
    if ctx.store.notes[session["id"]]["debit_fails"]:
        intent |= {"status": "requires_payment_method"}
        ctx.emit("payment_intent.payment_failed", intent)
        ctx.emit("checkout.session.async_payment_failed", session)
        return
    payment_intents.pay_by_transfer(ctx, intent, "us_bank_account")
    session["payment_status"] = "paid"
    ctx.emit("checkout.session.async_payment_succeeded", session)


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
