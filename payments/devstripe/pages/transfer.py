"""The hosted instructions of a payment by bank transfer: what is still missing, and test money."""

from html import escape

from payments.devstripe.constants import Json, show_amount
from payments.devstripe.endpoints import cash, payment_intents
from payments.devstripe.exchange import Reply
from payments.devstripe.pages import sending
from payments.devstripe.pages.layout import error_box, page, redirect
from payments.devstripe.state import Context

NOT_FOUND, UNPROCESSABLE = 404, 422


def answer(ctx: Context, intent_id: str, form: Json | None) -> Reply:
    """The page of a payment; with a form, a bank transfer of the customer's arrives."""
    row = ctx.store.find(payment_intents.KIND, intent_id)
    if row is None or (row["id"] not in ctx.store.notes and row["status"] == cash.WAITS):
        return page("No such payment", "<p>The address is not right.</p>", status=NOT_FOUND)
    if form is None:
        return show(row)
    if row["status"] != cash.WAITS:
        return show(row, "Nothing is missing any more.", status=UNPROCESSABLE)
    problem = sending.send(ctx, row, form, missing=missing(row), whole=row["amount"])
    if problem is not None:
        return show(row, problem, status=UNPROCESSABLE)
    return redirect(f"{ctx.state.settings.base_url}/transfer/{row['id']}")


def missing(row: Json) -> int:
    """What is still to be sent."""
    told = row["next_action"]["display_bank_transfer_instructions"]
    return int(told["amount_remaining"])


def show(row: Json, problem: str | None = None, *, status: int = 200) -> Reply:
    """What is to be paid and what is missing; once it is paid, only that."""
    total = show_amount(row["amount"], row["currency"])
    waits = row["status"] == cash.WAITS
    left = show_amount(missing(row), row["currency"]) if waits else ""
    rest = f"<p>Still missing: {escape(left)}</p>\n{sending.form()}" if waits else ""
    status_told = escape(row["status"].replace("_", " "))
    body = (
        f"{error_box(problem)}\n<p>Status: <strong>{status_told}</strong>.</p>\n"
        f'<p class="total">Total: <strong>{escape(total)}</strong></p>\n{rest}'
    )
    return page("Pay by bank transfer", body, status=status)
