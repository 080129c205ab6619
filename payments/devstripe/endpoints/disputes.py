"""Disputes: a cardholder's bank asks for a charge back. Moved by the operator, read here."""

from typing import Final

from payments.devstripe.constants import DAY, Json
from payments.devstripe.endpoints import charges
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec
from payments.devstripe.paging import PAGE, filters, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "dispute"
FILTERS: Final = ("charge", "payment_intent")
LIST: Final[Spec] = {**PAGE, **filters(*FILTERS)}
FEE: Final = 1500
"""What Stripe charges for a dispute, minor units (a guess in other currencies than usd)."""
DUE: Final = 7 * DAY
OPEN: Final = ("needs_response", "under_review")
INQUIRY: Final = ("warning_needs_response", "warning_under_review")
REASONS: Final = ("fraudulent", "general", "product_not_received", "unrecognized")
EVIDENCE: Final = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def make(ctx: Context, charge: Json, *, reason: str, inquiry: bool) -> Json:
    """Dispute all of a charge; an inquiry takes no money yet. ValueError for what cannot be."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise ValueError(f"{charge['id']} was not paid, or is disputed already.")
    if reason not in REASONS:
        raise ValueError(f"reason is one of {', '.join(REASONS)}.")
    row = ctx.put(blank(ctx, charge, reason, inquiry=inquiry))
    charge["disputed"] = True
    if not inquiry:
        withdraw(ctx, row)
    ctx.emit("charge.dispute.created", row)
    if not inquiry:
        ctx.emit("charge.dispute.funds_withdrawn", row)
    return row


def blank(ctx: Context, charge: Json, reason: str, *, inquiry: bool) -> Json:
    """The dispute object before any money moved."""
    return {
        "id": new_id("du"),
        "object": KIND,
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": ctx.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": ctx.now + DUE,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": INQUIRY[0] if inquiry else OPEN[0],
    }


def withdraw(ctx: Context, row: Json) -> None:
    """The amount and Stripe's fee leave the balance at once, which may go below zero."""
    _move(ctx, row, -row["amount"], fee=FEE, category="dispute")
    row["is_charge_refundable"] = False


def close(ctx: Context, row: Json, outcome: str) -> None:
    """The bank has decided: `won` gives the amount back, the fee stays Stripe's (a guess)."""
    if row["status"] in INQUIRY:
        if outcome != "warning_closed":
            raise ValueError("An inquiry is escalated, or ends as warning_closed.")
    elif row["status"] not in OPEN or outcome not in ("won", "lost"):
        raise ValueError(f"A dispute that is {row['status']} cannot become {outcome}.")
    row["status"] = outcome
    if outcome == "won":
        _move(ctx, row, row["amount"], fee=0, category="dispute_reversal")
    ctx.emit("charge.dispute.closed", row)
    if outcome == "won":
        ctx.emit("charge.dispute.funds_reinstated", row)


def update(ctx: Context, row: Json, status: str) -> None:
    """Evidence came (`under_review`), or an inquiry became a dispute (`needs_response`)."""
    if row["status"] in INQUIRY and status == OPEN[0]:
        withdraw(ctx, row)
        row["payment_method_details"]["card"]["case_type"] = "chargeback"
    elif (row["status"], status) not in (OPEN, INQUIRY):
        raise ValueError(f"A dispute that is {row['status']} cannot become {status}.")
    row["status"] = status
    ctx.emit("charge.dispute.updated", row)
    if status == OPEN[0]:
        ctx.emit("charge.dispute.funds_withdrawn", row)


def _move(ctx: Context, row: Json, amount: int, *, fee: int, category: str) -> None:
    name = ctx.books.post(
        ctx.owner,
        "adjustment",
        amount=amount,
        currency=row["currency"],
        source=row["id"],
        at=ctx.now,
        fee=fee,
        category=category,
    )
    moved = ctx.store.find("balance_transaction", name, owner=ctx.owner)
    if moved is None:
        raise LookupError(name)
    row["balance_transactions"] = [*row["balance_transactions"], moved]


def charge_of(ctx: Context, charge_or_intent: str) -> Json:
    """The charge that is meant, by its own id or its intent's. LookupError if there is none."""
    for row in ctx.store.newest_first(charges.KIND, owner=ctx.owner):
        if charge_or_intent in (row["id"], row["payment_intent"]) and row["paid"]:
            return row
    raise LookupError(f"No paid charge {charge_or_intent!r}.")


def retrieve(ctx: Context) -> Json:
    """One dispute."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0])
    return row


def list_all(ctx: Context) -> Json:
    """Disputes, newest first, by charge or intent."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in FILTERS:
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
