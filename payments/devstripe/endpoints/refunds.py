"""Refunds of charges: create, read, list; and the bank that sends one back."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import bank_refunds, charges, payment_intents
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import Spec, currency, integer, may, metadata, one_of, text
from payments.devstripe.paging import EXPAND, PAGE, filters, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = bank_refunds.KIND
CHARGED_BACK: Final = ("needs_response", "under_review", "lost")
CREATE: Final[Spec] = {
    **EXPAND,
    "amount": may(integer()),
    "charge": may(text()),
    "currency": may(currency),
    "customer": may(text()),
    "instructions_email": may(text(512)),
    "metadata": may(metadata),
    "origin": may(one_of("customer_balance")),
    "payment_intent": may(text()),
    "reason": may(one_of("duplicate", "fraudulent", "requested_by_customer")),
}
LIST: Final[Spec] = {**PAGE, **filters("charge", "payment_intent")}


def create(ctx: Context) -> Json:
    """Give back all or part of a charge; Stripe keeps its fee.

    Refuses more than is left of the charge, and more than the balance holds, pending included.
    A payment by bank transfer is sent to a bank account that the customer is asked for.
    """
    if "origin" in ctx.params:
        return bank_refunds.from_cash(ctx)
    charge = charge_of(ctx)
    rest = charge["amount"] - charge["amount_refunded"]
    amount = ctx.params.get("amount", rest)
    check(ctx, charge, amount, rest)
    by_bank = charge["payment_method_details"]["type"] == "customer_balance"
    if by_bank:
        bank_refunds.check(ctx, charge)
    row = write(ctx, charge, amount)
    if by_bank:
        bank_refunds.ask(ctx, row, charge["customer"])
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    ctx.emit("refund.created", row)
    ctx.emit("charge.refunded", charge)
    return row


def charge_of(ctx: Context) -> Json:
    """The charge that is meant, named itself or by its intent, one of the two."""
    params = ctx.params
    if ("charge" in params) == ("payment_intent" in params):
        message = "One of the following params should be provided: payment_intent or charge."
        raise invalid(message, code="parameter_missing")
    if "charge" in params:
        return charges.load(ctx, params["charge"], param="charge", status=400)
    intent = payment_intents.load(ctx, params["payment_intent"], param="payment_intent", status=400)
    if intent["status"] != "succeeded":
        message = (
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
        raise invalid(message, param="payment_intent")
    return charges.load(ctx, intent["latest_charge"])


def check(ctx: Context, charge: Json, amount: int, rest: int) -> None:
    """The rules of Stripe's for a refund. Raises ApiError."""
    if rest == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} was not paid.", param="charge")
    if charge["disputed"] and _charged_back(ctx, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    if amount > rest:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})"
        raise invalid(message, param="amount")
    if amount > ctx.books.total(charge["currency"], owner=ctx.owner):
        message = "Insufficient funds in your Stripe balance to refund this amount."
        raise invalid(message, code="balance_insufficient")


def _charged_back(ctx: Context, charge: Json) -> bool:
    """Whether its money is with the cardholder's bank: not in an inquiry, nor once it was won."""
    return any(
        (row["object"], row.get("charge")) == ("dispute", charge["id"])
        and row["status"] in CHARGED_BACK
        for _owner, row in ctx.store.everything()
    )


def write(ctx: Context, charge: Json, amount: int) -> Json:
    """The refund and its balance transaction, taken from where the charge's money lies."""
    refund_id = new_id("re")
    paid = ctx.store.find("balance_transaction", charge["balance_transaction"], owner=ctx.owner)
    transaction = ctx.books.post(
        ctx.owner,
        "payment_refund" if paid and paid["type"] == "payment" else "refund",
        amount=-amount,
        currency=charge["currency"],
        source=refund_id,
        at=ctx.now,
        available_on=max(ctx.now, paid["available_on"] if paid else 0),
        category="refund",
    )
    return ctx.put(
        {
            "id": refund_id,
            "object": KIND,
            "amount": amount,
            "balance_transaction": transaction,
            "charge": charge["id"],
            "created": ctx.now,
            "currency": charge["currency"],
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": ctx.params.get("metadata", {}),
            "payment_intent": charge["payment_intent"],
            "reason": ctx.params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
    )


def retrieve(ctx: Context) -> Json:
    """One refund."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0])
    return row


def list_all(ctx: Context) -> Json:
    """Refunds, newest first, by charge or payment. Stripe cannot filter by metadata."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in ("charge", "payment_intent"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)


def fail(ctx: Context, row: Json, reason: str) -> None:
    """The bank sends a refund back: its money is ours again, and the charge can give it anew."""
    bank_refunds.become(row, "failed", failure_reason=reason)
    (bank_refunds.put_back if row["charge"] else bank_refunds.to_cash)(ctx, row)
    ctx.emit("refund.updated", row)
    ctx.emit("refund.failed", row)
