"""Pages to look at: the platform's dashboard, and one connected account's Express dashboard."""

from html import escape

from payments.devstripe.clock import Clock
from payments.devstripe.constants import PLATFORM, Json, show_amount
from payments.devstripe.endpoints import (
    accounts,
    banks,
    charges,
    checkout,
    disputes,
    events,
    invoices,
    payouts,
    transfers,
)
from payments.devstripe.endpoints.capabilities import transfers_status
from payments.devstripe.exchange import Reply
from payments.devstripe.pages.layout import field, link, page, table
from payments.devstripe.state import Context, State

SHOWN = 50
NOT_FOUND = 404


def platform(ctx: Context) -> Reply:
    """Balances, accounts, sessions, transfers and events of the platform, the newest 50 of each."""
    state, store = ctx.state, ctx.store
    parts = [
        overview(state),
        balances(state, PLATFORM),
        table(
            "Connected accounts",
            ("Account", "Name", "Country", "Transfers", "Balance", "Closed"),
            [account_row(state, row) for row in store.newest_first(accounts.KIND)[:SHOWN]],
        ),
        table(
            "Payment pages",
            ("Session", "Amount", "Status", "Payment", "Expires"),
            [
                (
                    row["id"],
                    show_amount(row["amount_total"] or 0, row["currency"] or "usd"),
                    row["status"],
                    row["payment_status"],
                    state.clock.stamp(row["expires_at"]),
                )
                for row in store.newest_first(checkout.KIND)[:SHOWN]
            ],
        ),
        invoice_list(ctx),
        table(
            "Charges",
            ("Charge", "Amount", "Refunded", "Status", "Made"),
            [
                (*amounts(row, "amount_refunded"), row["status"], made(state.clock, row))
                for row in store.newest_first(charges.KIND)[:SHOWN]
            ],
        ),
        table(
            "Disputes",
            ("Dispute", "Amount", "Charge", "Reason", "Status", "Made"),
            [
                (
                    row["id"],
                    show_amount(row["amount"], row["currency"]),
                    row["charge"],
                    row["reason"],
                    row["status"],
                    made(state.clock, row),
                )
                for row in store.newest_first(disputes.KIND)[:SHOWN]
            ],
        ),
        transfer_table(state, store.newest_first(transfers.KIND)[:SHOWN]),
        event_table(state),
    ]
    return page("Dashboard", "\n".join(parts))


def invoice_list(ctx: Context) -> str:
    """Invoices, newest first, each with a link to its page, where test money can be sent."""
    rows = [
        (
            row["number"] or row["id"],
            show_amount(row["amount_due"], row["currency"]),
            row["status"],
            row["hosted_invoice_url"],
        )
        for row in ctx.store.newest_first(invoices.KIND)[:SHOWN]
    ]
    links = "".join(
        f"<li>{link(url, f'Invoice {number}, {amount}')}: {escape(status)}</li>"
        if url
        else f"<li>{escape(number)}, {escape(amount)}: {escape(status)}</li>"
        for number, amount, status, url in rows
    )
    return f"<h2>Invoices</h2>\n<ul>{links}</ul>" if rows else "<h2>Invoices</h2>\n<p>None yet.</p>"


def overview(state: State) -> str:
    """One line on clock, calls, faults and deliveries."""
    return (
        f"<p>Clock: {escape(state.clock.stamp())}, {state.clock.offset} seconds ahead of the "
        f"machine. {state.call_counts.total()} API calls, {len(state.faults.waiting())} faults "
        f"armed, {state.courier.pending()} webhook deliveries waiting.</p>"
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
    )


def amounts(row: Json, taken_back: str) -> tuple[str, str, str]:
    """An object's id, its amount and how much of it went back."""
    currency = row["currency"]
    return row["id"], show_amount(row["amount"], currency), show_amount(row[taken_back], currency)


def made(clock: Clock, row: Json) -> str:
    """When an object was made."""
    return clock.stamp(row["created"])


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
    rows = [
        (event["created"], event["type"], event["id"], state.clock.stamp(event["created"]))
        for event in state.store.newest_first(events.SNAPSHOT)[:SHOWN]
    ]
    lines: list[tuple[object, ...]] = [row[1:] for row in rows]
    lines += [
        (event["type"], event["id"], event["created"])
        for event in state.store.newest_first(events.THIN)[:SHOWN]
    ]
    lines.sort(key=lambda line: str(line[2]), reverse=True)
    return table("Events", ("Type", "Event", "Made"), lines[:SHOWN])


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
                state.clock.stamp(row["arrival_date"]),
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
