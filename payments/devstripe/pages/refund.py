"""The page behind Stripe's mail about a refund: where the customer names a bank account."""

from html import escape

from payments.devstripe.constants import Json, show_amount
from payments.devstripe.endpoints import bank_refunds
from payments.devstripe.exchange import Reply
from payments.devstripe.pages.layout import error_box, field, page, redirect
from payments.devstripe.state import Context

NOT_FOUND, GONE, UNPROCESSABLE = 404, 410, 422
MIN_NUMBER, MAX_NUMBER = 4, 34


def answer(ctx: Context, refund_id: str, form: Json | None) -> Reply:
    """The page of a refund that goes to a bank account; with a form, the account is named."""
    row = ctx.store.find(bank_refunds.KIND, refund_id)
    if row is None or refund_id not in ctx.store.notes:
        return page("No such refund", "<p>The address is not right.</p>", status=NOT_FOUND)
    if row["status"] != bank_refunds.WAITS:
        return ended(row, status=200 if form is None else GONE)
    if form is None:
        return show(ctx, row)
    number = "".join(str(form.get("account_number", "")).split())
    if not number.isalnum() or not MIN_NUMBER <= len(number) <= MAX_NUMBER:
        problem = "Enter a bank account number or IBAN: 4 to 34 letters and digits."
        return show(ctx, row, problem, status=UNPROCESSABLE)
    bank_refunds.give(ctx, row, number)
    return redirect(f"{ctx.state.settings.base_url}/refund/{row['id']}")


def ended(row: Json, *, status: int) -> Reply:
    """Nothing is asked any more."""
    amount = show_amount(row["amount"], row["currency"])
    text = f"{amount}: this refund is {row['status'].replace('_', ' ')}. Nothing is asked of you."
    return page("Your refund", f"<p>{escape(text)}</p>", status=status)


def show(ctx: Context, row: Json, problem: str | None = None, *, status: int = 200) -> Reply:
    """The form."""
    amount = show_amount(row["amount"], row["currency"])
    ends = ctx.state.clock.shown(ctx.store.notes[row["id"]]["ends"])
    body = (
        f"{error_box(problem)}\n<p>{escape(amount)} goes back to your bank account. "
        f"Name it until {escape(ends)}.</p>\n"
        '<form method="post">\n'
        + field(
            "account_number",
            "Bank account number or IBAN",
            "000123456789",
            hint="000111111113 and 000111111116 are accounts whose bank sends money back.",
            wrong=problem is not None,
        )
        + '\n<p class="buttons"><button>Send the refund there</button></p>\n</form>'
    )
    return page("Your refund", body, status=status)
