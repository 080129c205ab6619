"""Account links, and what happens on the hosted page behind them; the Express dashboard's link."""

import secrets
from typing import Final

from payments.devstripe.constants import LINK_SECONDS, Json
from payments.devstripe.endpoints import accounts, banks, payouts
from payments.devstripe.endpoints.capabilities import requirements, set_status, transfers_status
from payments.devstripe.errors import invalid, missing, v2_invalid
from payments.devstripe.fields import Spec, group, may, need, one_of, text, url
from payments.devstripe.paging import EXPAND
from payments.devstripe.state import Context

FLOW: Final[Spec] = {
    "collection_options": may(
        group(
            {
                "fields": may(one_of("currently_due", "eventually_due")),
                "future_requirements": may(one_of("include", "omit")),
            }
        )
    ),
    "refresh_url": need(url),
    "return_url": may(url),
}
CREATE: Final[Spec] = {
    "account": need(text()),
    "use_case": need(
        group(
            {
                "type": need(one_of("account_onboarding", "account_update")),
                "account_onboarding": may(group(FLOW)),
                "account_update": may(group(FLOW)),
            }
        )
    ),
}
LOGIN: Final[Spec] = EXPAND


def create_link(ctx: Context) -> Json:
    """A link to the hosted onboarding page, good for some minutes and for one visit that ends."""
    account = accounts.load(ctx, ctx.params["account"])
    use_case = ctx.params["use_case"]
    if account["closed"]:
        raise v2_invalid("account_closed", "The account is closed.")
    if use_case["type"] not in use_case:
        message = f"use_case.{use_case['type']} is required."
        raise v2_invalid("parameter_missing", message)
    token = secrets.token_urlsafe(18)
    expires = ctx.now + LINK_SECONDS
    ctx.store.notes[f"link:{token}"] = {
        "account": account["id"],
        "flow": use_case[use_case["type"]],
        "use_case": use_case["type"],
        "expires": expires,
        "used": False,
    }
    return {
        "object": "v2.core.account_link",
        "account": account["id"],
        "created": ctx.state.clock.stamp(ctx.now),
        "expires_at": ctx.state.clock.stamp(expires),
        "livemode": False,
        "url": f"{ctx.state.settings.base_url}/onboard/{token}",
        "use_case": use_case,
    }


def open_link(ctx: Context, token: str) -> tuple[Json, Json] | None:
    """The link's note and its account; nothing where the token was never given out."""
    link = ctx.store.notes.get(f"link:{token}")
    if link is None:
        return None
    return link, accounts.load(ctx, link["account"])


def usable(ctx: Context, link: Json, account: Json) -> bool:
    """Whether the link still leads to the form."""
    return not link["used"] and ctx.now < link["expires"] and not account["closed"]


def complete(ctx: Context, link: Json, account: Json, *, holder: str, number: str) -> None:
    """The owner gave name and bank account: nothing is required any more, transfers are active."""
    banks.give(ctx, account, number=number, holder=holder)
    account["requirements"] = requirements(done=True)
    ctx.emit_thin("v2.core.account[requirements].updated", related=account)
    if account["configuration"]["recipient"] and transfers_status(account) in OPEN_TO_CHANGE:
        set_status(ctx, account, "active")
    for currency in ctx.books.currencies(account["id"]):
        payouts.plan(ctx, account["id"], currency)
    leave(ctx, link, account)


OPEN_TO_CHANGE: Final = ("restricted", "pending")


def leave(ctx: Context, link: Json, account: Json) -> None:
    """The owner left the page, done or not: the link is used up and the platform is told."""
    link["used"] = True
    ctx.emit_thin(
        "v2.core.account_link.returned",
        data={
            "account_id": account["id"],
            "configurations": account["applied_configurations"],
            "use_case": link["use_case"],
        },
    )


def create_login_link(ctx: Context) -> Json:
    """A v1 link to the Express dashboard. Refuses accounts that were never onboarded."""
    account = ctx.store.find(accounts.KIND, ctx.ids[0])
    if account is None or account["closed"]:
        raise missing("account", ctx.ids[0], param="account")
    if account["dashboard"] != "express":
        message = f"Cannot create a login link for {account['id']}: it has no Express dashboard."
        raise invalid(message)
    if ctx.store.notes[account["id"]]["bank"] is None:
        message = "Cannot create a login link for an account that has not completed onboarding."
        raise invalid(message)
    token = secrets.token_urlsafe(18)
    ctx.store.notes[f"login:{token}"] = {"account": account["id"]}
    url_ = f"{ctx.state.settings.base_url}/express/{token}"
    return {"object": "login_link", "created": ctx.now, "url": url_}
