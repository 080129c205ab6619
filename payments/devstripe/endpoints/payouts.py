"""Payouts from a connected account to its bank, made by Stripe's schedule; read and listed here."""

from typing import Final

from payments.devstripe.constants import ARRIVAL_SECONDS, PLATFORM, Json
from payments.devstripe.errors import missing
from payments.devstripe.fields import Spec, may, moment, one_of, text
from payments.devstripe.paging import PAGE, page, within
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "payout"
LIST: Final[Spec] = {
    **PAGE,
    "arrival_date": may(moment),
    "destination": may(text()),
    "status": may(one_of("canceled", "failed", "in_transit", "paid", "pending")),
}
FAILURE_MESSAGES: Final = {
    "account_closed": "The bank account has been closed",
    "no_account": "The bank account details on file are probably incorrect.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "debit_not_authorized": "Debit transactions are not approved on your bank account.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "could_not_process": "The bank could not process this payout.",
}


def plan(ctx: Context, account: str, currency: str) -> None:
    """Money came in: pay it to the bank after a day, together with what comes in until then."""
    wait = ctx.state.settings.payout_seconds
    note = ctx.store.notes[account]
    if wait is None or note["stopped"] or currency in note["planned"]:
        return
    note["planned"][currency] = ctx.now + wait
    _schedule_sweep(ctx, account, currency)


def _schedule_sweep(ctx: Context, account: str, currency: str) -> None:
    state = ctx.state
    state.schedule(
        ctx.store.notes[account]["planned"][currency],
        lambda at: _sweep(Context(state, owner=account, at=at), currency),
    )


def resume(ctx: Context, account: str) -> None:
    """After a restart: plan again what was planned for an account and not done."""
    for currency in ctx.store.notes[account]["planned"]:
        _schedule_sweep(ctx, account, currency)
    for row in ctx.store.newest_first(KIND, owner=account):
        if row["status"] == "in_transit":
            _schedule_arrival(ctx, account, row)


def _sweep(ctx: Context, currency: str) -> None:
    note = ctx.store.notes[ctx.owner]
    note["planned"].pop(currency, None)
    amount = ctx.books.available(currency, owner=ctx.owner)
    if amount <= 0 or note["stopped"]:
        return
    row = ctx.put(blank(ctx, amount, currency))
    row["balance_transaction"] = ctx.books.post(
        ctx.owner, "payout", amount=-amount, currency=currency, source=row["id"], at=ctx.now
    )
    ctx.emit("payout.created", row)
    _schedule_arrival(ctx, ctx.owner, row)


def _schedule_arrival(ctx: Context, account: str, row: Json) -> None:
    state = ctx.state
    state.schedule(
        row["arrival_date"], lambda at: _arrive(Context(state, owner=account, at=at), row)
    )


def blank(ctx: Context, amount: int, currency: str) -> Json:
    """The payout object, on its way to the bank."""
    return {
        "id": new_id("po"),
        "object": KIND,
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": ctx.now + ARRIVAL_SECONDS,
        "automatic": True,
        "balance_transaction": None,
        "created": ctx.now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": bank_id(ctx.owner),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": None,
        "type": "bank_account",
    }


def bank_id(account: str) -> str:
    """The id of the one bank account of a connected account."""
    return f"ba_{account.removeprefix('acct_')}"


def _arrive(ctx: Context, row: Json) -> None:
    if row["status"] != "in_transit":
        return
    failure = ctx.store.notes[ctx.owner]["failure"]
    if failure is not None:
        fail(ctx, row, failure)
        return
    row |= {"reconciliation_status": "completed", "status": "paid"}
    ctx.emit("payout.paid", row)


def fail(ctx: Context, row: Json, code: str) -> None:
    """The bank sent the money back, even days after `paid`: it returns, automatic payouts stop."""
    row |= {
        "failure_balance_transaction": ctx.books.post(
            ctx.owner,
            "payout_failure",
            amount=row["amount"],
            currency=row["currency"],
            source=row["id"],
            at=ctx.now,
            category="payout_reversal",
        ),
        "failure_code": code,
        "failure_message": FAILURE_MESSAGES.get(code, FAILURE_MESSAGES["could_not_process"]),
        "status": "failed",
    }
    ctx.store.notes[ctx.owner]["stopped"] = True
    ctx.emit("payout.failed", row)


def retrieve(ctx: Context) -> Json:
    """One payout of the account of this request."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0])
    return row


def list_all(ctx: Context) -> Json:
    """Payouts of the account of this request, newest first; the platform itself makes none."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner) if ctx.owner != PLATFORM else []
    for name in ("destination", "status"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    if "arrival_date" in ctx.params:
        wanted = ctx.params["arrival_date"]
        rows = [row for row in rows if within(wanted, row["arrival_date"])]
    return page(ctx, rows, KIND)
