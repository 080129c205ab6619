"""Payouts to a bank, made by an account's schedule or asked for; read and listed here.

A connected account is paid daily unless its schedule says otherwise; the platform's own money goes
to its bank only by a schedule that was chosen (`balance_settings`), or when a payout is asked for.
"""

from typing import Final

from payments.devstripe.constants import ARRIVAL_SECONDS, DAY, PLATFORM, Json
from payments.devstripe.errors import invalid, missing
from payments.devstripe.fields import (
    Spec,
    currency,
    integer,
    may,
    metadata,
    moment,
    need,
    one_of,
    text,
)
from payments.devstripe.paging import EXPAND, PAGE, page, within
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "payout"
CREATE: Final[Spec] = {
    **EXPAND,
    "amount": need(integer()),
    "currency": need(currency),
    "description": may(text()),
    "metadata": may(metadata),
    "method": may(one_of("standard")),
}
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


DAYS: Final = {"weekly": 7, "monthly": 30}
"""From one payout to the next; weekdays and days of the month are not looked at."""


def own(ctx: Context, account: str) -> Json:
    """What Stripe knows of an account's payouts and never shows; the platform has one too."""
    blank_note: Json = {"bank": None, "failure": None, "stopped": False, "planned": {}}
    note: Json = ctx.store.notes.setdefault(account, blank_note)
    return note


def rules(ctx: Context, account: str) -> Json:
    """An account's schedule, what stays in its balance, whether debts are taken from its bank."""
    interval = "manual" if account == PLATFORM else "daily"
    usual: Json = {"schedule": {"interval": interval}, "keep": {}, "debit": False}
    kept: Json = ctx.store.notes.get(f"payouts:{account}", usual)
    return {**kept, "keep": dict(kept["keep"])}


def keep_rules(ctx: Context, account: str, chosen: Json) -> None:
    """Other rules from now on; what was planned by the old ones is not done."""
    ctx.store.notes[f"payouts:{account}"] = chosen
    own(ctx, account)["planned"] = {}


def plan(ctx: Context, account: str, code: str, *, ready: int = 0) -> None:
    """Money came in, available at `ready`: pay it to the bank with what comes in until then."""
    interval = rules(ctx, account)["schedule"]["interval"]
    usual, note = ctx.state.settings.payout_seconds, own(ctx, account)
    if usual is None or interval == "manual" or note["stopped"] or code in note["planned"]:
        return
    wait = DAYS[interval] * DAY if interval in DAYS else usual
    note["planned"][code] = max(ctx.now, ready) + wait
    _schedule_sweep(ctx, account, code)


def _schedule_sweep(ctx: Context, account: str, code: str) -> None:
    state, at = ctx.state, own(ctx, account)["planned"][code]
    state.schedule(at, lambda now: _sweep(Context(state, owner=account, at=now), code))


def resume(ctx: Context, account: str) -> None:
    """After a restart: plan again what was planned for an account and not done."""
    for code in own(ctx, account)["planned"]:
        _schedule_sweep(ctx, account, code)
    for row in ctx.store.newest_first(KIND, owner=account):
        if row["status"] == "in_transit":
            _schedule_arrival(ctx, account, row)


def _sweep(ctx: Context, code: str) -> None:
    note = own(ctx, ctx.owner)
    if note["planned"].get(code) != ctx.now:  # planned anew since
        return
    note["planned"].pop(code)
    kept = rules(ctx, ctx.owner)["keep"].get(code, 0)
    amount = ctx.books.available(code, owner=ctx.owner) - kept
    if amount > 0 and not note["stopped"]:
        _pay(ctx, amount, code)
    if ctx.owner == PLATFORM:
        plan(ctx, PLATFORM, code)


def create(ctx: Context) -> Json:
    """A payout that was asked for. Refuses more than is available, and where there is no bank."""
    if ctx.owner != PLATFORM and own(ctx, ctx.owner)["bank"] is None:
        message = "Sorry, you don't have any external accounts in that currency."
        raise invalid(message, param="destination")
    amount, code = ctx.params["amount"], ctx.params["currency"]
    if amount > ctx.books.available(code, owner=ctx.owner):
        message = "You have insufficient funds in your Stripe account for this payout."
        raise invalid(message, code="balance_insufficient")
    return _pay(ctx, amount, code)


def _pay(ctx: Context, amount: int, code: str) -> Json:
    row = ctx.put(blank(ctx, amount, code))
    row["balance_transaction"] = ctx.books.post(
        ctx.owner, "payout", amount=-amount, currency=code, source=row["id"], at=ctx.now
    )
    ctx.emit("payout.created", row)
    _schedule_arrival(ctx, ctx.owner, row)
    return row


def _schedule_arrival(ctx: Context, account: str, row: Json) -> None:
    state = ctx.state
    state.schedule(
        row["arrival_date"], lambda at: _arrive(Context(state, owner=account, at=at), row)
    )


def blank(ctx: Context, amount: int, code: str) -> Json:
    """The payout object, on its way to the bank; one that was asked for is not automatic."""
    return {
        "id": new_id("po"),
        "object": KIND,
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": ctx.now + ARRIVAL_SECONDS,
        "automatic": "amount" not in ctx.params,
        "balance_transaction": None,
        "created": ctx.now,
        "currency": code,
        "description": ctx.params.get("description", "STRIPE PAYOUT"),
        "destination": bank_id(ctx.owner),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": ctx.params.get("metadata", {}),
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
    """The id of the one bank account of an account."""
    return f"ba_{account.removeprefix('acct_') or 'platform'}"


def _arrive(ctx: Context, row: Json) -> None:
    if row["status"] != "in_transit":
        return
    failure = own(ctx, ctx.owner)["failure"]
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
    own(ctx, ctx.owner)["stopped"] = True
    ctx.emit("payout.failed", row)


def retrieve(ctx: Context) -> Json:
    """One payout of the account of this request."""
    row = ctx.store.find(KIND, ctx.ids[0], owner=ctx.owner)
    if row is None:
        raise missing(KIND, ctx.ids[0])
    return row


def list_all(ctx: Context) -> Json:
    """Payouts of the account of this request, newest first."""
    rows = ctx.store.newest_first(KIND, owner=ctx.owner)
    for name in ("destination", "status"):
        if name in ctx.params:
            rows = [row for row in rows if row[name] == ctx.params[name]]
    if "arrival_date" in ctx.params:
        wanted = ctx.params["arrival_date"]
        rows = [row for row in rows if within(wanted, row["arrival_date"])]
    return page(ctx, rows, KIND)
