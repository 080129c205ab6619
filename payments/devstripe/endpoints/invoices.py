"""Invoices: create, add items, finalize, send, void, mark uncollectible, read, list."""

from typing import Final

from payments.devstripe.constants import DAY, PLATFORM, Json
from payments.devstripe.endpoints import customers, invoice_shapes, payment_intents
from payments.devstripe.errors import invalid, missing
from payments.devstripe.paging import listed, page
from payments.devstripe.state import Context

KIND: Final = "invoice"
ITEM_KIND: Final = "invoiceitem"
PAYMENT_KIND: Final = "invoice_payment"


def create(ctx: Context) -> Json:
    """A draft. Refuses `send_invoice` to a customer without an e-mail or without a due date."""
    params = ctx.params
    customer = customers.load(ctx, params["customer"], param="customer", status=400)
    sent = params.get("collection_method") == "send_invoice"
    if sent and not customer["email"]:
        message = (
            "Missing email. In order to create invoices that are sent to the customer, the "
            "customer must have a valid email."
        )
        raise invalid(message, code="missing_email")
    if sent and "days_until_due" not in params:
        message = "You must provide days_until_due or due_date for send_invoice invoices."
        raise invalid(message, param="days_until_due")
    if not sent and "days_until_due" in params:
        message = "You can only set days_until_due for send_invoice invoices."
        raise invalid(message, param="days_until_due")
    row = ctx.put(invoice_shapes.invoice(ctx, customer))
    ctx.emit("invoice.created", row)
    return row


def add_item(ctx: Context) -> Json:
    """One more line of a draft. Refuses another currency, another customer, a finalized invoice."""
    params = ctx.params
    row = load(ctx, params["invoice"], param="invoice", status=400)
    if row["status"] != "draft":
        raise invalid(f"The invoice is {row['status']}: it cannot be changed any more.")
    if (row["customer"], row["currency"]) != (params["customer"], params["currency"]):
        raise invalid("Customer and currency must be those of the invoice.", param="invoice")
    item = ctx.put(invoice_shapes.item(ctx))
    row["lines"]["data"].append(invoice_shapes.line(ctx, item))
    total = sum(line["amount"] for line in row["lines"]["data"])
    for name in ("amount_due", "amount_remaining", "subtotal", "total"):
        row[name] = total
    row["subtotal_excluding_tax"] = row["total_excluding_tax"] = total
    ctx.emit("invoiceitem.created", item)
    return item


def finalize(ctx: Context) -> Json:
    """From now on it can be paid; it gets a number and a hosted page.

    Refuses one that is finalized already, and totals that cannot be charged.
    """
    row = load(ctx, ctx.ids[0])
    if row["status"] != "draft":
        message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        raise invalid(message, code="invoice_no_longer_editable")
    payment_intents.check_amount(row["total"], row["currency"], what="Invoice total")
    customer = customers.load(ctx, row["customer"], param="customer", status=400)
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    days = ctx.store.notes[row["id"]]["days_until_due"]
    row |= {
        "status": "open",
        "number": number,
        "effective_at": ctx.now,
        "due_date": ctx.now + days * DAY if days is not None else None,
        "hosted_invoice_url": f"{ctx.state.settings.base_url}/invoice/{row['id']}",
        "invoice_pdf": f"{ctx.state.settings.base_url}/invoice/{row['id']}?pdf",
        "ending_balance": 0,
    }
    row["status_transitions"]["finalized_at"] = ctx.now
    intent = payment_intents.of_invoice(ctx, row)
    payment = ctx.put(invoice_shapes.payment(ctx, row, intent))
    ctx.store.notes[row["id"]] |= {"payment": payment["id"], "intent": intent["id"]}
    ctx.emit("invoice.finalized", row)
    _watch_due(ctx, ctx.owner, row)
    return row


def _watch_due(ctx: Context, owner: str, row: Json) -> None:
    if row["due_date"] is None:
        return
    state = ctx.state
    state.schedule(row["due_date"], lambda at: _overdue(Context(state, owner=owner, at=at), row))


def _overdue(ctx: Context, row: Json) -> None:
    if row["status"] == "open":
        ctx.emit("invoice.overdue", row)


def resume(ctx: Context) -> None:
    """After a restart: tell of overdue invoices in time."""
    for row in ctx.store.newest_first(KIND):
        if row["status"] == "open" and row["due_date"] and row["due_date"] > ctx.now:
            _watch_due(ctx, PLATFORM, row)


def send(ctx: Context) -> Json:
    """Mail it to the customer (here: only the event). Refuses drafts and what is not to be sent."""
    row = load(ctx, ctx.ids[0])
    if row["collection_method"] != "send_invoice" or row["status"] not in ("open", "paid"):
        raise invalid("This invoice cannot be sent to a customer.")
    ctx.emit("invoice.sent", row)
    return shown(ctx, row)


def void(ctx: Context) -> Json:
    """It will not be paid. Refuses drafts and invoices that are paid or void."""
    return _close(ctx, "void", "voided_at", "invoice.voided", ("open", "uncollectible"))


def mark_uncollectible(ctx: Context) -> Json:
    """It is not expected to be paid any more, yet still can be."""
    event = "invoice.marked_uncollectible"
    return _close(ctx, "uncollectible", "marked_uncollectible_at", event, ("open",))


def _close(ctx: Context, status: str, stamp: str, event: str, legal: tuple[str, ...]) -> Json:
    row = load(ctx, ctx.ids[0])
    if row["status"] not in legal:
        raise invalid(f"You can only {status} {' and '.join(legal)} invoices: {row['status']}.")
    row["status"] = status
    row["status_transitions"][stamp] = ctx.now
    intent = payment_intents.load(ctx, ctx.store.notes[row["id"]]["intent"])
    if status == "void":
        payment_intents.call_off(ctx, intent, "void_invoice")
    ctx.emit(event, row)
    return shown(ctx, row)


def paid(ctx: Context, row: Json, amount: int) -> None:
    """Money arrived for all of it, whatever way."""
    payment = ctx.store.find(PAYMENT_KIND, ctx.store.notes[row["id"]]["payment"])
    if payment is not None:
        payment |= {"amount_paid": amount, "status": "paid"}
        payment["status_transitions"]["paid_at"] = ctx.now
        ctx.emit("invoice_payment.paid", payment)
    closed(ctx, row, amount)
    ctx.emit("invoice.paid", row)
    ctx.emit("invoice.payment_succeeded", row)


def closed(ctx: Context, row: Json, amount: int) -> None:
    """Nothing of it is left to be paid."""
    row |= {"amount_paid": amount, "amount_remaining": 0, "status": "paid", "attempted": True}
    row["status_transitions"]["paid_at"] = ctx.now


def retrieve(ctx: Context) -> Json:
    """One invoice."""
    return shown(ctx, load(ctx, ctx.ids[0]))


def shown(ctx: Context, row: Json) -> Json:
    """With its payments where these are asked for."""
    if "payments" not in ctx.params.get("expand", ()):
        return row
    made = [
        payment
        for payment in ctx.store.newest_first(PAYMENT_KIND, owner=ctx.owner)
        if payment["invoice"] == row["id"]
    ]
    return {**row, "payments": listed(f"/v1/invoices/{row['id']}/payments", made)}


def load(ctx: Context, invoice_id: str, *, param: str = "invoice", status: int = 404) -> Json:
    """The invoice. Raises ApiError `resource_missing`."""
    row = ctx.store.find(KIND, invoice_id, owner=ctx.owner)
    if row is None:
        raise missing(KIND, invoice_id, param=param, status=status)
    return row


def list_all(ctx: Context) -> Json:
    """Invoices, newest first, by customer or status."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in ("customer", "status"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    return page(ctx, rows, KIND)
