"""Refunds that go to a bank account: of payments by bank transfer, and of a cash balance.

Stripe mails the customer, who gives the account on a hosted page and has 45 days for it. What is
not claimed then goes to the customer's cash balance: it is not ours again.
https://docs.stripe.com/payments/customer-balance/refunding
"""

from typing import Final

from payments.devstripe.constants import ARRIVAL_SECONDS, DAY, PLATFORM, Json
from payments.devstripe.endpoints import cash, charges, customers
from payments.devstripe.endpoints.banks import PAYOUT_FAILURES
from payments.devstripe.errors import invalid, missing
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "refund"
CLAIM_SECONDS: Final = 45 * DAY
OLDEST_SECONDS: Final = 180 * DAY
WAITS: Final = "requires_action"


def check(ctx: Context, charge: Json) -> None:
    """Refuse a payment older than 180 days, and a customer who cannot be written to."""
    if ctx.now - charge["created"] > OLDEST_SECONDS:
        message = "Bank transfer payments can be refunded for 180 days."
        raise invalid(message, code="charge_expired_for_refund")
    email_of(ctx, charge["customer"])


def email_of(ctx: Context, customer_id: str) -> str:
    """Where the customer is asked for a bank account. Refuses where there is no address."""
    known = customers.load(ctx, customer_id, param="customer", status=400)["email"]
    email = ctx.params.get("instructions_email") or known
    if not email:
        message = (
            "This refund needs an email address: add one to the customer, or pass "
            "instructions_email."
        )
        raise invalid(message, param="instructions_email")
    return str(email)


def ask(ctx: Context, row: Json, customer_id: str) -> None:
    """The customer is asked for a bank account; `row` was written before."""
    bank = cash.TYPES.get(row["currency"], "us_bank_transfer")
    row |= {
        "destination_details": {"type": bank, bank: {"reference": None, "reference_status": None}},
        "instructions_email": email_of(ctx, customer_id),
    }
    ends = ctx.now + CLAIM_SECONDS
    ctx.store.notes[row["id"]] = {"customer": customer_id, "number": None, "ends": ends}
    _mail(ctx, row)
    _watch(ctx, ctx.owner, row)


def _mail(ctx: Context, row: Json) -> None:
    sent = {"email_sent_at": ctx.now, "email_sent_to": row["instructions_email"]}
    told = {"email_sent": sent, "expires_at": ctx.store.notes[row["id"]]["ends"]}
    action = {"type": "display_details", "display_details": told}
    become(row, WAITS, next_action=action)


def become(row: Json, status: str, **more: object) -> None:
    """Another status; what belonged to the old one is left out, as Stripe does."""
    for name in ("next_action", "pending_reason"):
        row.pop(name, None)
    row |= {"status": status, **more}


def _watch(ctx: Context, owner: str, row: Json) -> None:
    state, ends = ctx.state, ctx.store.notes[row["id"]]["ends"]
    state.schedule(ends, lambda at: _unclaimed(Context(state, owner=owner, at=at), row))


def resume(ctx: Context) -> None:
    """After a restart: refunds under way go on."""
    for row in ctx.store.newest_first(KIND):
        note = ctx.store.notes.get(row["id"])
        if note is not None and row["status"] in (WAITS, "pending"):
            _watch(ctx, PLATFORM, row)
        if note is not None and row["status"] == "pending":
            _carry(ctx, PLATFORM, row)


def from_cash(ctx: Context) -> Json:
    """Send money of a cash balance back. Refuses more than is there."""
    params = ctx.params
    for name in ("amount", "currency", "customer"):
        if name not in params:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    customer_id, code, amount = params["customer"], params["currency"], params["amount"]
    email_of(ctx, customer_id)
    if amount > cash.held(ctx, customer_id).get(code, 0):
        message = "The refund is greater than the customer's cash balance."
        raise invalid(message, param="amount")
    cash.move(ctx, customer_id, code, -amount, "return_initiated")
    row = ctx.put(
        {
            "id": new_id("re"),
            "object": KIND,
            "amount": amount,
            "balance_transaction": None,
            "charge": None,
            "created": ctx.now,
            "currency": code,
            "metadata": params.get("metadata", {}),
            "payment_intent": None,
            "reason": params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "transfer_reversal": None,
        }
    )
    ask(ctx, row, customer_id)
    ctx.emit("refund.created", row)
    return row


def give(ctx: Context, row: Json, number: str) -> None:
    """The customer gave a bank account: the money is on its way."""
    ctx.store.notes[row["id"]] |= {"number": number, "arrives": ctx.now + ARRIVAL_SECONDS}
    become(row, "pending", pending_reason="processing")
    ctx.emit("refund.updated", row)
    _carry(ctx, ctx.owner, row)


def _carry(ctx: Context, owner: str, row: Json) -> None:
    state, at = ctx.state, ctx.store.notes[row["id"]]["arrives"]
    state.schedule(at, lambda now: _arrive(Context(state, owner=owner, at=now), row))


def _arrive(ctx: Context, row: Json) -> None:
    """The bank has it, or sent it back: then the customer is asked again."""
    if row["status"] != "pending":
        return
    note = ctx.store.notes[row["id"]]
    if note["number"] in PAYOUT_FAILURES:
        _mail(ctx, row)
    else:
        become(row, "succeeded")
    ctx.emit("refund.updated", row)
    if ctx.now >= note["ends"]:  # the 45 days ended while it was under way
        _unclaimed(ctx, row)


def expire(ctx: Context) -> Json:
    """Stripe's own test helper: the 45 days are over. Refuses what is not waiting."""
    row = waiting(ctx)
    _unclaimed(ctx, row)
    return row


def _unclaimed(ctx: Context, row: Json) -> None:
    """Nobody named a bank account: the money is in the customer's cash balance, not in ours."""
    if row["status"] != WAITS:
        return
    become(row, "failed", failure_reason="unknown")
    to_cash(ctx, row)
    ctx.emit("refund.failed", row)


def to_cash(ctx: Context, row: Json) -> None:
    """What nobody took goes to the customer's cash balance, and to what waits for money there."""
    customer_id, code = ctx.store.notes[row["id"]]["customer"], row["currency"]
    if row["charge"] is None:
        cash.move(ctx, customer_id, code, row["amount"], "return_canceled")
    else:
        kind = "refunded_from_payment"
        back = {"refund": row["id"]}
        cash.move(ctx, customer_id, code, row["amount"], kind, refunded_from_payment=back)
    cash.reconcile(ctx, customer_id, code)
    if cash.held(ctx, customer_id).get(code, 0) > 0:
        ctx.emit("cash_balance.funds_available", cash.shown(ctx, customer_id))


def cancel(ctx: Context) -> Json:
    """Call a refund off that nobody has claimed yet: all is as before. Refuses any other."""
    row = waiting(ctx)
    become(row, "canceled", failure_reason="merchant_request")
    if row["charge"] is None:
        to_cash(ctx, row)
    else:
        put_back(ctx, row)
    ctx.emit("refund.updated", row)
    return row


def put_back(ctx: Context, row: Json) -> None:
    """The money of a refund is in our balance again, and the charge can give it anew."""
    row["failure_balance_transaction"] = ctx.books.post(
        ctx.owner,
        "refund_failure",
        amount=row["amount"],
        currency=row["currency"],
        source=row["id"],
        at=ctx.now,
    )
    charge = charges.load(ctx, row["charge"])
    charge["amount_refunded"] -= row["amount"]
    charge["refunded"] = False


def waiting(ctx: Context) -> Json:
    """The refund of the path, which waits for a bank account. Raises ApiError."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0], param="refund")
    if row["status"] != WAITS:
        message = f"This refund's status is {row['status']}: only one that waits can be ended."
        raise invalid(message, param="refund")
    return row
