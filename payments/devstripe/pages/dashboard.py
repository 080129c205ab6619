"""Pages to look at: the platform's dashboard, and one connected account's Express dashboard."""

from html import escape

from payments.devstripe.clock import Clock, read_stamp
from payments.devstripe.constants import DAY, HOUR, PLATFORM, Json, show_amount
from payments.devstripe.endpoints import accounts, banks, checkout, events, payouts, transfers
from payments.devstripe.endpoints.capabilities import transfers_status
from payments.devstripe.exchange import Reply
from payments.devstripe.pages import money
from payments.devstripe.pages.layout import NEXT, Html, buttons, error_box, field, link, page, table
from payments.devstripe.state import Context, State

SHOWN = 50
NOT_FOUND = 404


def platform(ctx: Context, problem: str | None = None, *, status: int = 200) -> Reply:
    """Balances, accounts, money and events of the platform, the newest 50 of each, with buttons
    for what time, banks and Stripe's reviewers do.
    """
    state, store = ctx.state, ctx.store
    parts = [
        error_box(problem),
        overview(state),
        balances(state, PLATFORM),
        table(
            "Connected accounts",
            ("Account", "Name", "Country", "Transfers", "Balance", "Closed", NEXT),
            [account_row(state, row) for row in store.newest_first(accounts.KIND)[:SHOWN]],
        ),
        session_table(ctx),
        money.invoice_table(ctx),
        money.waiting_table(ctx),
        money.charge_table(ctx),
        money.dispute_table(ctx),
        money.refund_table(ctx),
        transfer_table(state, store.newest_first(transfers.KIND)[:SHOWN]),
        money.payout_table(ctx),
        money.topup_table(ctx),
        event_table(state),
    ]
    return page("Dashboard", "\n".join(parts), status=status)


def session_table(ctx: Context) -> str:
    """Checkout's pages, the open ones with a link."""
    rows: list[tuple[object, ...]] = [
        (
            Html(link(row["url"], row["id"])) if row["url"] else row["id"],
            show_amount(row["amount_total"] or 0, row["currency"] or "usd"),
            row["status"],
            row["payment_status"],
            ctx.state.clock.shown(row["expires_at"]),
        )
        for row in ctx.store.newest_first(checkout.KIND)[:SHOWN]
    ]
    return table("Payment pages", ("Session", "Amount", "Status", "Payment", "Expires"), rows)


def ahead(seconds: int) -> str:
    """How far the clock was moved, for people."""
    days, hours = seconds // DAY, seconds % DAY // HOUR
    return f"{days} d {hours} h ahead of the machine." if seconds else "not moved."


def overview(state: State) -> str:
    """One line on clock, calls, faults and deliveries."""
    return (
        f"<p>Clock: {escape(state.clock.shown())}, {ahead(state.clock.offset)}"
        f" {state.call_counts.total()} API calls, {len(state.faults.waiting())} faults "
        f"armed, {state.courier.pending()} webhook deliveries waiting.</p>\n"
        + buttons("", ("day", "A day later"), ("week", "A week later"), ("month", "A month later"))
    )


def balances(state: State, owner: str) -> str:
    """Available and pending money."""
    balance = state.books.balance(owner)
    rows: list[tuple[object, ...]] = [
        (
            show_amount(free["amount"], free["currency"]),
            show_amount(waiting["amount"], waiting["currency"]),
        )
        for free, waiting in zip(balance["available"], balance["pending"], strict=True)
    ]
    return table("Balance", ("Available", "Pending"), rows)


def account_row(state: State, row: Json) -> tuple[object, ...]:
    """One connected account."""
    names = state.books.currencies(row["id"])
    held = [show_amount(state.books.total(name, owner=row["id"]), name) for name in names]
    return (
        row["id"],
        row["display_name"] or row["contact_email"] or "",
        row["identity"]["country"].upper(),
        transfers_status(row),
        ", ".join(held) or "0",
        "yes" if row["closed"] else "no",
        "" if row["closed"] else buttons(row["id"], flip(row)),
    )


def flip(row: Json) -> tuple[str, str]:
    """What Stripe's reviewers may do to an account."""
    if transfers_status(row) == "active":
        return "restrict", "Restrict"
    return "activate", "Activate"


def amounts(row: Json, taken_back: str) -> tuple[str, str, str]:
    """An object's id, its amount and how much of it went back."""
    currency = row["currency"]
    return row["id"], show_amount(row["amount"], currency), show_amount(row[taken_back], currency)


def made(clock: Clock, row: Json) -> str:
    """When an object was made."""
    return clock.shown(row["created"])


def transfer_table(state: State, rows: list[Json]) -> str:
    """Transfers, newest first."""
    return table(
        "Transfers",
        ("Transfer", "Amount", "Reversed", "To", "Group", "Made"),
        [
            (
                *amounts(row, "amount_reversed"),
                row["destination"],
                row["transfer_group"] or "",
                made(state.clock, row),
            )
            for row in rows
        ],
    )


def event_table(state: State) -> str:
    """Snapshot and thin events together, newest first."""
    seen = [
        (event["created"], event) for event in state.store.newest_first(events.SNAPSHOT)[:SHOWN]
    ]
    seen += [
        (read_stamp(event["created"]), event)
        for event in state.store.newest_first(events.THIN)[:SHOWN]
    ]
    seen.sort(key=lambda one: one[0], reverse=True)
    rows: list[tuple[object, ...]] = [
        (event["type"], event["id"], state.clock.shown(at)) for at, event in seen[:SHOWN]
    ]
    return table("Events", ("Type", "Event", "Made"), rows)


def express(ctx: Context, token: str, form: Json | None) -> Reply:
    """What the owner of a connected account sees behind a login link; the form names a new bank."""
    note = ctx.store.notes.get(f"login:{token}")
    account = ctx.store.find(accounts.KIND, note["account"]) if note else None
    if account is None:
        return page("No such link", "<p>The address is not right.</p>", status=NOT_FOUND)
    state, owner = ctx.state, account["id"]
    if form is not None:
        change_bank(ctx, account, form)
    received = [
        row for row in ctx.store.newest_first(transfers.KIND) if row["destination"] == owner
    ]
    sent = table(
        "Payouts to your bank",
        ("Payout", "Amount", "Status", "Arrives"),
        [
            (
                row["id"],
                show_amount(row["amount"], row["currency"]),
                row["status"],
                state.clock.shown(row["arrival_date"]),
            )
            for row in ctx.store.newest_first(payouts.KIND, owner=owner)[:SHOWN]
        ],
    )
    name = account["display_name"] or owner
    intro = f"<p>Transfers are {escape(transfers_status(account))}.</p>"
    parts = [intro, balances(state, owner), sent, bank_form(ctx, account)]
    body = "\n".join([*parts, transfer_table(state, received[:SHOWN])])
    return page(f"Your earnings, {name}", body)


def change_bank(ctx: Context, account: Json, form: Json) -> None:
    """Another bank account in the place of the old one; nothing changes for a bad number."""
    number = "".join(str(form.get("account_number", "")).split())
    if number.isalnum():
        holder = ctx.store.notes[account["id"]]["holder"]
        banks.give(ctx, account, number=number, holder=holder)


def bank_form(ctx: Context, account: Json) -> str:
    """The bank account as it is, and the way to another one."""
    last = banks.shown(ctx, account)["last4"]
    return (
        f"<h2>Bank account</h2>\n<p>Ends in {escape(last)}.</p>\n"
        '<form method="post">\n'
        + field("account_number", "New bank account number or IBAN")
        + '\n<p class="buttons"><button>Change</button></p>\n</form>'
    )
