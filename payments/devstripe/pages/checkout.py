"""The Checkout page: pay with a test card, see it declined, or leave."""

from html import escape
from typing import Final
from urllib.parse import quote

from payments.devstripe.constants import Json, show_amount
from payments.devstripe.endpoints import checkout
from payments.devstripe.endpoints.cards import CARDS, by_number
from payments.devstripe.errors import ApiError
from payments.devstripe.exchange import Reply
from payments.devstripe.pages.layout import error_box, field, link, page, redirect, table
from payments.devstripe.state import Context

NOT_FOUND, PAYMENT_REQUIRED, UNPROCESSABLE = 404, 402, 422
DECLINED_CARD: Final = "4000000000000002"


def answer(ctx: Context, session_id: str, form: Json | None) -> Reply:
    """The page of a session; with a form, what its button asks for: pay, decline or leave."""
    session = ctx.store.find(checkout.KIND, session_id)
    if session is None:
        return page("No such payment page", "<p>The address is not right.</p>", status=NOT_FOUND)
    if session["status"] != "open":
        return ended(session, followed=form is not None)
    if form is None:
        return show(ctx, session)
    if form.get("action") == "leave":
        return left(session)
    if form.get("action") in ("debit", "debit_fails") and session["mode"] == "payment":
        checkout.debit(ctx, session, fails=form["action"] == "debit_fails")
        return redirect(success_url(session))
    return submit(ctx, session, form)


def submit(ctx: Context, session: Json, form: Json) -> Reply:
    """Pay with the card given, or with one that is declined; a refusal shows the form again."""
    action = form.get("action")
    number = DECLINED_CARD if action == "decline" else str(form.get("card_number", ""))
    if action not in ("pay", "decline"):
        return show(ctx, session, "Choose to pay or to leave.", status=UNPROCESSABLE)
    if not number.strip():
        return show(ctx, session, "Enter a card number.", status=UNPROCESSABLE)
    try:
        checkout.pay(ctx, session, by_number(number))
    except ApiError as error:
        return show(ctx, session, str(error), status=PAYMENT_REQUIRED)
    return redirect(success_url(session))


def left(session: Json) -> Reply:
    """Back to the platform without paying; the session stays open."""
    if session["cancel_url"]:
        return redirect(session["cancel_url"])
    return page("Not paid", "<p>You can close this page. Nothing was charged.</p>")


def success_url(session: Json) -> str:
    """Where the payer goes after paying, the session's id filled in."""
    place = quote(session["id"], safe="")
    return str(session["success_url"].replace("{CHECKOUT_SESSION_ID}", place))


def ended(session: Json, *, followed: bool) -> Reply:
    """A page for a session that is over; a second click on Pay goes where the first one went."""
    if session["status"] == "complete":
        if followed:
            return redirect(success_url(session))
        title = "Card saved" if session["mode"] == "setup" else "Already paid"
        return page(title, f"<p>{link(success_url(session), 'Continue')}</p>")
    back = session["cancel_url"]
    way = f"<p>{link(back, 'Go back')}</p>" if back else ""
    return page("This payment page has expired", f"<p>Nothing was charged.</p>{way}", status=410)


def show(ctx: Context, session: Json, problem: str | None = None, *, status: int = 200) -> Reply:
    """The form; a page that saves a card has no total."""
    if session["mode"] == "setup":
        return show_setup(problem, status=status)
    currency = session["currency"]
    items = [
        (
            item["price_data"]["product_data"]["name"],
            item.get("quantity", 1),
            show_amount(item["price_data"]["unit_amount"], currency),
        )
        for item in ctx.store.notes[session["id"]]["line_items"]
    ]
    total = show_amount(session["amount_total"], currency)
    body = (
        f"{error_box(problem)}\n"
        f"{table('What is paid for', ('Item', 'Quantity', 'Price'), list(items))}\n"
        f'<p class="total">Total: <strong>{escape(total)}</strong></p>\n'
        '<form method="post">\n'
        + card_field(problem)
        + f'\n<p class="buttons"><button name="action" value="pay">Pay {escape(total)}</button>\n'
        '<button name="action" value="decline" class="quiet">Let the card be declined</button>\n'
        '<button name="action" value="debit" class="quiet">Bank debit: paid in 4 days</button>\n'
        '<button name="action" value="debit_fails" class="quiet">Bank debit that fails</button>\n'
        '<button name="action" value="leave" class="quiet">Leave without paying</button></p>\n'
        f"</form>\n{test_cards()}"
    )
    return page(f"Pay {total}", body, status=status)


def show_setup(problem: str | None, *, status: int) -> Reply:
    """The form that saves a card and charges nothing."""
    body = (
        f"{error_box(problem)}\n<p>Nothing is charged now.</p>\n"
        '<form method="post">\n'
        + card_field(problem)
        + '\n<p class="buttons"><button name="action" value="pay">Save card</button>\n'
        '<button name="action" value="leave" class="quiet">Leave</button></p>\n'
        f"</form>\n{test_cards()}"
    )
    return page("Save a card", body, status=status)


def card_field(problem: str | None) -> str:
    """Where the card number goes."""
    return field(
        "card_number",
        "Card number",
        spaced(CARDS[0].number),
        hint="Any other number than those below is declined.",
        wrong=problem is not None,
    )


def test_cards() -> str:
    """What each test card does."""
    cards = "\n".join(
        f"<li><code>{spaced(card.number)}</code> {escape(card.label)}</li>" for card in CARDS
    )
    return f"<h2>Test cards</h2>\n<ul>\n{cards}\n</ul>"


def spaced(number: str) -> str:
    """A card number in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
