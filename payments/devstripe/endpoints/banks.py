"""The bank account of a connected account, and v1's view of that account, which shows it."""

import hashlib
from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import accounts
from payments.devstripe.endpoints.capabilities import transfers_status
from payments.devstripe.endpoints.payouts import bank_id
from payments.devstripe.errors import missing
from payments.devstripe.state import Context

PAYOUT_FAILURES: Final = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
"""Bank account numbers whose payouts fail, and how (docs.stripe.com/connect/testing)."""


def give(ctx: Context, account: Json, *, number: str, holder: str) -> None:
    """The owner gave a bank account, the first or another one; payouts begin again."""
    note = ctx.store.notes[account["id"]]
    before, first = shown(ctx, account), note["bank"] is None
    note |= {"bank": number, "holder": holder, "stopped": False}
    note["failure"] = PAYOUT_FAILURES.get(number)
    now = shown(ctx, account)
    if now != before:
        own = Context(ctx.state, owner=account["id"], at=ctx.now)
        own.emit(f"account.external_account.{'created' if first else 'updated'}", now)


def shown(ctx: Context, account: Json) -> Json:
    """The bank account as Stripe shows it: never its number."""
    note = ctx.store.notes[account["id"]]
    number = str(note["bank"] or "")
    return {
        "id": bank_id(account["id"]),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": note["holder"],
        "account_holder_type": "individual",
        "bank_name": "STRIPE TEST BANK",
        "country": account["identity"]["country"].upper(),
        "currency": account["defaults"]["currency"] or "usd",
        "default_for_currency": True,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "last4": number[-4:],
        "metadata": {},
        "status": "new",
    }


def retrieve(ctx: Context) -> Json:
    """The account as v1 shows it, with its bank accounts; what nobody here reads is left out.

    Refuses accounts that are unknown or closed.
    """
    account = ctx.store.find(accounts.KIND, ctx.ids[0])
    if account is None or account["closed"]:
        raise missing("account", ctx.ids[0], param="account")
    given = ctx.store.notes[account["id"]]["bank"] is not None
    active = transfers_status(account) == "active"
    return {
        "id": account["id"],
        "object": "account",
        "country": account["identity"]["country"].upper(),
        "details_submitted": given,
        "email": account["contact_email"],
        "external_accounts": {
            "object": "list",
            "data": [shown(ctx, account)] if given else [],
            "has_more": False,
            "url": f"/v1/accounts/{account['id']}/external_accounts",
        },
        "metadata": account["metadata"],
        "payouts_enabled": given and active,
    }
