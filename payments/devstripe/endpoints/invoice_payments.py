"""`invoices.pay`: an invoice is paid by a saved card, from the cash balance, or outside Stripe."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import cash, invoices, payment_intents
from payments.devstripe.errors import ApiError, invalid
from payments.devstripe.fields import Spec, flag, may, text
from payments.devstripe.paging import EXPAND
from payments.devstripe.state import Context

PAY: Final[Spec] = {
    **EXPAND,
    "off_session": may(flag),
    "paid_out_of_band": may(flag),
    "payment_method": may(text()),
}


def pay(ctx: Context) -> Json:
    """Pay an open invoice now, or mark it as paid elsewhere.

    Refuses drafts, paid and void ones, ways to pay that the invoice does not take, and a cash
    balance that does not cover it whole. A declined card leaves it open (402).
    """
    row = invoices.load(ctx, ctx.ids[0])
    if row["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if row["status"] not in ("open", "uncollectible"):
        raise invalid(f"A {row['status']} invoice cannot be paid.", code="invoice_not_editable")
    intent = payment_intents.load(ctx, ctx.store.notes[row["id"]]["intent"])
    if ctx.params.get("paid_out_of_band"):
        _elsewhere(ctx, row, intent)
    elif "payment_method" in ctx.params:
        _by_card(ctx, row, intent)
    else:
        _from_cash(ctx, row, intent)
    return invoices.shown(ctx, row)


def _elsewhere(ctx: Context, row: Json, intent: Json) -> None:
    """No money of it reaches our balance: its payment is called off."""
    payment = ctx.store.find(invoices.PAYMENT_KIND, ctx.store.notes[row["id"]]["payment"])
    if payment is not None:
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = ctx.now
    payment_intents.call_off(ctx, intent, None)
    invoices.closed(ctx, row, row["amount_due"])
    row["amount_paid_off_stripe"] = row["amount_due"]
    ctx.emit("invoice.paid", row)


def _by_card(ctx: Context, row: Json, intent: Json) -> None:
    if "card" not in (row["payment_settings"]["payment_method_types"] or ("card",)):
        raise invalid("This invoice is not paid by card.", param="payment_method")
    row |= {"attempted": True, "attempt_count": row["attempt_count"] + 1}
    try:
        payment_intents.charge(ctx, intent, {"off_session": True, **ctx.params})
    except ApiError:
        ctx.emit("invoice.payment_failed", row)
        raise
    invoices.paid(ctx, row, row["amount_due"])


def _from_cash(ctx: Context, row: Json, intent: Json) -> None:
    takes = row["payment_settings"]["payment_method_types"] or ()
    there = cash.held(ctx, row["customer"]).get(row["currency"], 0)
    if "customer_balance" not in takes or there < row["amount_due"]:
        message = "There is no payment method that can pay this invoice now."
        raise invalid(message, code="invoice_payment_method_missing")
    cash.take(ctx, intent, row["amount_due"])
    payment_intents.pay_by_transfer(ctx, intent)
    invoices.paid(ctx, row, row["amount_due"])
