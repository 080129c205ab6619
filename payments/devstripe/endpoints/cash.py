"""A customer's cash balance: what came by bank transfer and is not applied to a payment yet.

It is the customer's money, not part of our Stripe balance. Stripe applies it by itself: to an open
invoice that it covers whole, never to a part of one, and to a PaymentIntent that waits for bank
transfers, in part as well. What was applied in part is nobody's until the rest has come.
"""

from typing import Final

from payments.devstripe.constants import DAY, Json
from payments.devstripe.endpoints import customers, invoices, payment_intents
from payments.devstripe.errors import invalid
from payments.devstripe.fields import Spec, currency, integer, may, need, text
from payments.devstripe.paging import EXPAND, PAGE, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "customer_cash_balance_transaction"
LIST: Final[Spec] = {name: field for name, field in PAGE.items() if name != "created"}
FUND: Final[Spec] = {
    **EXPAND,
    "amount": need(integer()),
    "currency": need(currency),
    "reference": may(text()),
}
TYPES: Final = {
    "usd": "us_bank_transfer",
    "eur": "eu_bank_transfer",
    "gbp": "gb_bank_transfer",
    "jpy": "jp_bank_transfer",
    "mxn": "mx_bank_transfer",
}
WAITS: Final = "requires_action"
OVERDUE_SECONDS: Final = 30 * DAY
"""Automatic reconciliation leaves out invoices overdue for longer (customer-balance docs)."""


def retrieve(ctx: Context) -> Json:
    """The cash balance of a customer, by currency."""
    customer = customers.load(ctx, ctx.ids[0])
    return shown(ctx, customer["id"])


def shown(ctx: Context, customer_id: str) -> Json:
    """The `cash_balance` object; null where nothing ever came."""
    return {
        "object": "cash_balance",
        "available": dict(held(ctx, customer_id)) or None,
        "customer": customer_id,
        "customer_account": None,
        "livemode": False,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }


def held(ctx: Context, customer_id: str) -> dict[str, int]:
    """What is not applied, by currency; a live view that `move` writes."""
    purse: dict[str, int] = ctx.store.notes.setdefault(f"cash:{customer_id}", {})
    return purse


def move(ctx: Context, customer_id: str, code: str, amount: int, kind: str, **more: Json) -> Json:
    """Write one cash balance transaction."""
    purse = held(ctx, customer_id)
    purse[code] = purse.get(code, 0) + amount
    row = ctx.put(
        {
            "id": new_id("ccsbtxn"),
            "object": KIND,
            "created": ctx.now,
            "currency": code,
            "customer": customer_id,
            "customer_account": None,
            "ending_balance": purse[code],
            "livemode": False,
            "net_amount": amount,
            "type": kind,
            **more,
        }
    )
    ctx.emit("customer_cash_balance_transaction.created", row)
    return row


def fund(ctx: Context) -> Json:
    """Stripe's own test helper: a bank transfer of the customer's arrives."""
    customer = customers.load(ctx, ctx.ids[0])
    return arrive(ctx, customer["id"], ctx.params["currency"], ctx.params["amount"])


def arrive(ctx: Context, customer_id: str, code: str, amount: int) -> Json:
    """A transfer arrives and is reconciled. Refuses currencies without bank transfers."""
    if code not in TYPES:
        raise invalid(f"Bank transfers are not possible in {code}.", param="currency")
    details: Json = {"reference": None, "type": TYPES[code], TYPES[code]: {}}
    row = move(ctx, customer_id, code, amount, "funded", funded={"bank_transfer": details})
    reconcile(ctx, customer_id, code)
    if held(ctx, customer_id).get(code, 0) > 0:
        ctx.emit("cash_balance.funds_available", shown(ctx, customer_id))
    return row


def reconcile(ctx: Context, customer_id: str, code: str) -> None:
    """Apply what is there: to invoices, and what these leave to intents that wait for transfers."""
    _pay_invoices(ctx, customer_id, code)
    for intent in _unfunded(ctx, customer_id, code):
        if held(ctx, customer_id).get(code, 0) > 0:
            fund_intent(ctx, intent)


def _pay_invoices(ctx: Context, customer_id: str, code: str) -> None:
    """First an invoice of exactly the amount that is there, then the oldest that is covered."""
    while True:
        purse = held(ctx, customer_id).get(code, 0)
        rows = [row for row in _waiting(ctx, customer_id, code) if row["amount_due"] <= purse]
        rows.sort(key=lambda row: row["amount_due"] != purse)
        if not rows:
            return
        row = rows[0]
        intent = payment_intents.load(ctx, ctx.store.notes[row["id"]]["intent"])
        take(ctx, intent, intent["amount"])
        payment_intents.pay_by_transfer(ctx, intent)
        invoices.paid(ctx, row, row["amount_due"])


def _unfunded(ctx: Context, customer_id: str, code: str) -> list[Json]:
    """Intents that wait for bank transfers, the oldest first."""
    return [
        row
        for row in reversed(ctx.store.newest_first(payment_intents.KIND, owner=ctx.owner))
        if (row["customer"], row["currency"], row["status"]) == (customer_id, code, WAITS)
        and row["id"] in ctx.store.notes
    ]


def finalize(ctx: Context) -> Json:
    """Finalize an invoice; what waits in the cash balance pays it at once, if it covers it."""
    row = invoices.finalize(ctx)
    reconcile(ctx, row["customer"], row["currency"])
    return invoices.shown(ctx, row)


def create_intent(ctx: Context) -> Json:
    """A new PaymentIntent, by card or from the cash balance of its customer."""
    params = ctx.params
    if params.get("payment_method_data", {}).get("type") != "customer_balance":
        return payment_intents.create(ctx)
    if "customer" not in params or not params.get("confirm"):
        message = "A payment from the customer balance needs a customer, and is confirmed at once."
        raise invalid(message, param="customer")
    customers.load(ctx, params["customer"], param="customer", status=400)
    intent = payment_intents.open_intent(ctx, params, method_type="customer_balance")
    wanted = params.get("payment_method_options", {}).get("customer_balance", {})
    if "allowed_payment_method_types" not in params:  # Stripe's own choice knows what to do
        wanted = {"funding_type": "bank_transfer", **wanted}
    if wanted.get("funding_type") == "bank_transfer":
        usual = {"type": TYPES.get(intent["currency"], "us_bank_transfer")}
        bank = wanted.get("bank_transfer", usual)["type"]
        ctx.store.notes[intent["id"]] = {"bank": bank, "applied": 0}
    return fund_intent(ctx, intent, first=True)


def _waiting(ctx: Context, customer_id: str, code: str) -> list[Json]:
    """Open invoices of the customer that a bank transfer may pay, the oldest first."""
    return [
        row
        for row in reversed(ctx.store.newest_first(invoices.KIND, owner=ctx.owner))
        if (row["customer"], row["currency"], row["status"]) == (customer_id, code, "open")
        and "customer_balance" in (row["payment_settings"]["payment_method_types"] or ())
        and (row["due_date"] is None or row["due_date"] + OVERDUE_SECONDS > ctx.now)
    ]


def fund_intent(ctx: Context, intent: Json, *, first: bool = False) -> Json:
    """Pay an intent from the cash balance, in part where it waits for transfers anyway.

    One that was not to be funded by bank transfer fails where the cash balance does not cover it.
    """
    note = ctx.store.notes.get(intent["id"])
    rest = int(intent["amount"]) - (note["applied"] if note else 0)
    part = min(rest, held(ctx, intent["customer"]).get(intent["currency"], 0))
    if part < rest and note is None:
        return _too_little(ctx, intent)
    if part:
        take(ctx, intent, part)
    if part == rest:
        return payment_intents.pay_by_transfer(ctx, intent)
    if note is not None:
        note["applied"] += part
        intent |= {"status": WAITS, "next_action": _instructions(ctx, intent, note)}
    ctx.emit(f"payment_intent.{WAITS if first else 'partially_funded'}", intent)
    return intent


def take(ctx: Context, intent: Json, amount: int) -> None:
    """Money of the cash balance is applied to an intent."""
    applied = {"payment_intent": intent["id"]}
    move(
        ctx,
        intent["customer"],
        intent["currency"],
        -amount,
        "applied_to_payment",
        applied_to_payment=applied,
    )


def _too_little(ctx: Context, intent: Json) -> Json:
    error = {
        "code": "payment_intent_payment_attempt_failed",
        "message": "The customer's cash balance does not cover this payment.",
        "type": "invalid_request_error",
    }
    intent |= {"status": "requires_payment_method", "last_payment_error": error}
    ctx.emit("payment_intent.payment_failed", intent)
    return intent


def _instructions(ctx: Context, intent: Json, note: Json) -> Json:
    """What the customer still has to send, and the page that says so."""
    told = {
        "amount_remaining": intent["amount"] - note["applied"],
        "currency": intent["currency"],
        "hosted_instructions_url": f"{ctx.state.settings.base_url}/transfer/{intent['id']}",
        "reference": None,
        "type": note["bank"],
    }
    kind = "display_bank_transfer_instructions"
    return {"type": kind, kind: told}


def cancel_intent(ctx: Context) -> Json:
    """Give an unpaid intent up; what was applied of the cash balance goes back there."""
    intent = payment_intents.cancel(ctx)
    intent["next_action"] = None
    note = ctx.store.notes.pop(intent["id"], None)
    if note is not None and note["applied"]:
        customer_id, code = intent["customer"], intent["currency"]
        back = {"payment_intent": intent["id"]}
        kind = "unapplied_from_payment"
        move(ctx, customer_id, code, note["applied"], kind, unapplied_from_payment=back)
        reconcile(ctx, customer_id, code)
    return intent


def list_all(ctx: Context) -> Json:
    """Cash balance transactions of a customer, newest first."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    return page(ctx, [row for row in rows if row["customer"] == ctx.ids[0]], KIND)
