"""The dashboard's tables of money, newest first, each row with what the operator may do to it."""

from payments.devstripe.constants import PLATFORM, Json, show_amount
from payments.devstripe.endpoints import (
    accounts,
    cash,
    charges,
    disputes,
    invoices,
    payment_intents,
    payouts,
    refunds,
    topups,
)
from payments.devstripe.pages.layout import NEXT, Html, buttons, link, table
from payments.devstripe.state import Context

SHOWN = 50
Row = tuple[object, ...]


def newest(ctx: Context, kind: str) -> list[Json]:
    """The platform's newest objects of a kind."""
    return ctx.store.newest_first(kind)[:SHOWN]


def amount(row: Json, name: str = "amount") -> str:
    """An amount of an object for people."""
    return show_amount(row[name], row["currency"])


def made(ctx: Context, row: Json) -> str:
    """When an object was made."""
    return ctx.state.clock.shown(row["created"])


def invoice_table(ctx: Context) -> str:
    """Invoices, each with its page, where test money can be sent."""
    rows: list[Row] = [
        (
            Html(link(url, row["number"])) if (url := row["hosted_invoice_url"]) else row["id"],
            amount(row, "amount_due"),
            row["customer_name"] or "",
            row["status"],
            made(ctx, row),
        )
        for row in newest(ctx, invoices.KIND)
    ]
    return table("Invoices", ("Invoice", "Amount", "Billed to", "Status", "Made"), rows)


def waiting_table(ctx: Context) -> str:
    """Payments that wait for a bank transfer; nothing where there are none."""
    rows: list[Row] = [
        (
            Html(link(told["hosted_instructions_url"], row["id"])),
            amount(row),
            show_amount(told["amount_remaining"], row["currency"]),
            made(ctx, row),
        )
        for row in newest(ctx, payment_intents.KIND)
        if row["status"] == cash.WAITS and row["next_action"]
        for told in [row["next_action"]["display_bank_transfer_instructions"]]
    ]
    heads = ("Payment", "Amount", "Still missing", "Made")
    return table("Payments that wait for a bank transfer", heads, rows) if rows else ""


def charge_table(ctx: Context) -> str:
    """Charges; a paid one can be disputed, or asked about."""
    ways = (("dispute", "Dispute"), ("inquiry", "Inquire"))
    rows: list[Row] = [
        (
            row["id"],
            amount(row),
            amount(row, "amount_refunded"),
            "disputed" if row["disputed"] else row["status"],
            made(ctx, row),
            buttons(row["id"], *ways) if row["paid"] and not row["disputed"] else "",
        )
        for row in newest(ctx, charges.KIND)
    ]
    return table("Charges", ("Charge", "Amount", "Refunded", "Status", "Made", NEXT), rows)


def dispute_table(ctx: Context) -> str:
    """Disputes, which the bank decides."""
    rows: list[Row] = [
        (
            row["id"],
            amount(row),
            row["charge"],
            row["reason"],
            row["status"],
            made(ctx, row),
            buttons(row["id"], *ways) if (ways := MOVES.get(row["status"])) else "",
        )
        for row in newest(ctx, disputes.KIND)
    ]
    heads = ("Dispute", "Amount", "Charge", "Reason", "Status", "Made", NEXT)
    return table("Disputes", heads, rows)


ENDS = (("win", "Win"), ("lose", "Lose"))
MOVES = {
    "needs_response": (("evidence", "Evidence"), *ENDS),
    "under_review": ENDS,
    "warning_needs_response": (("escalate", "Escalate"), ("close", "Close")),
    "warning_under_review": (("escalate", "Escalate"), ("close", "Close")),
}


def refund_table(ctx: Context) -> str:
    """Refunds; those to a bank account have a page where the customer names it."""
    base = ctx.state.settings.base_url
    rows: list[Row] = [
        (
            Html(link(f"{base}/refund/{row['id']}", row["id"]))
            if row["id"] in ctx.store.notes
            else row["id"],
            amount(row),
            row["payment_intent"] or "cash balance",
            row["status"],
            made(ctx, row),
            buttons(row["id"], ("fail_refund", "Fail")) if row["status"] not in OVER else "",
        )
        for row in newest(ctx, refunds.KIND)
    ]
    return table("Refunds", ("Refund", "Amount", "Of", "Status", "Made", NEXT), rows)


OVER = ("failed", "canceled")


def payout_table(ctx: Context) -> str:
    """Payouts to banks, of connected accounts and of the platform; also a paid one can fail."""
    owners = [PLATFORM, *(row["id"] for row in ctx.store.newest_first(accounts.KIND))]
    found = [
        (row["created"], owner, row)
        for owner in owners
        for row in ctx.store.newest_first(payouts.KIND, owner=owner)[:SHOWN]
    ]
    found.sort(key=lambda one: one[0], reverse=True)
    rows: list[Row] = [
        (
            row["id"],
            amount(row),
            owner or "the platform",
            row["status"],
            ctx.state.clock.shown(row["arrival_date"]),
            buttons(row["id"], ("fail_payout", "Fail")) if row["status"] not in OVER else "",
        )
        for _, owner, row in found[:SHOWN]
    ]
    heads = ("Payout", "Amount", "Of", "Status", "Arrives", NEXT)
    return table("Payouts to banks", heads, rows)


def topup_table(ctx: Context) -> str:
    """Top-ups; nothing where there are none."""
    rows: list[Row] = [
        (
            row["id"],
            amount(row),
            row["status"],
            made(ctx, row),
            buttons(row["id"], ("fail_topup", "Fail")) if row["status"] == "pending" else "",
        )
        for row in newest(ctx, topups.KIND)
    ]
    heads = ("Top-up", "Amount", "Status", "Made", NEXT)
    return table("Top-ups", heads, rows) if rows else ""
