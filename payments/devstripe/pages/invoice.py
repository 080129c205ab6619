"""The hosted invoice page: where the customer sees what to pay, and sends test transfers."""

from html import escape

from payments.devstripe.constants import Json, show_amount
from payments.devstripe.endpoints import cash, invoices
from payments.devstripe.exchange import Reply
from payments.devstripe.pages import sending
from payments.devstripe.pages.layout import error_box, page, redirect, table
from payments.devstripe.state import Context

NOT_FOUND, UNPROCESSABLE = 404, 422


def answer(ctx: Context, invoice_id: str, form: Json | None) -> Reply:
    """The page of an invoice; with a form, a bank transfer of the customer's arrives."""
    row = ctx.store.find(invoices.KIND, invoice_id)
    if row is None or row["status"] == "draft":
        return page("No such invoice", "<p>The address is not right.</p>", status=NOT_FOUND)
    if form is None:
        return show(ctx, row)
    problem = sending.send(ctx, row, form, missing=missing(ctx, row), whole=row["amount_due"])
    if problem is not None:
        return show(ctx, row, problem, status=UNPROCESSABLE)
    return redirect(row["hosted_invoice_url"])


def missing(ctx: Context, row: Json) -> int:
    """What is still to be sent, the customer's cash balance counted."""
    held = cash.held(ctx, row["customer"]).get(row["currency"], 0)
    return max(int(row["amount_due"]) - held, 1)


def show(ctx: Context, row: Json, problem: str | None = None, *, status: int = 200) -> Reply:
    """What is to be paid, what came so far, and the buttons that send test money."""
    currency = row["currency"]
    total = show_amount(row["amount_due"], currency)
    held = cash.held(ctx, row["customer"]).get(currency, 0)
    lines: list[tuple[object, ...]] = [
        (line["description"] or "", show_amount(line["amount"], currency))
        for line in row["lines"]["data"]
    ]
    extra = "".join(
        f"<p>{escape(one['name'])}: {escape(one['value'])}</p>"
        for one in row["custom_fields"] or ()
    )
    due = f"<p>Due {escape(ctx.state.clock.shown(row['due_date']))}</p>" if row["due_date"] else ""
    body = (
        f"{error_box(problem)}\n<p>Status: <strong>{escape(row['status'])}</strong>. "
        f"Billed to {escape(row['customer_name'] or '')}.</p>\n{due}{extra}"
        f"{table('What is billed', ('Item', 'Price'), lines)}\n"
        f'<p class="total">Total: <strong>{escape(total)}</strong></p>\n'
        f"<p>In the customer's cash balance, not yet applied: "
        f"{escape(show_amount(held, currency))}</p>\n" + sending.form()
    )
    return page(f"Invoice {row['number']}", body, status=status)
