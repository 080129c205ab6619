"""Webhook endpoints made through the API: create and list. Their secret is shown once."""

import secrets
from typing import Any, Final

from payments.devstripe.constants import API_VERSION, PLATFORM, Json
from payments.devstripe.delivery import Hook
from payments.devstripe.errors import BadParameter, invalid
from payments.devstripe.fields import Spec, flag, many, may, metadata, need, text, url
from payments.devstripe.paging import EXPAND, PAGE, page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "webhook_endpoint"


def version(name: str, value: Any) -> str:
    """The one API version that is spoken here."""
    if value != API_VERSION:
        message = f"Only {API_VERSION} is spoken here."
        raise BadParameter("parameter_invalid", message, name)
    return API_VERSION


CREATE: Final[Spec] = {
    **EXPAND,
    "api_version": may(version),
    "connect": may(flag),
    "description": may(text()),
    "enabled_events": need(many(text(200), 500)),
    "metadata": may(metadata),
    "url": need(url),
}
LIST: Final[Spec] = {name: field for name, field in PAGE.items() if name != "created"}


def create(ctx: Context) -> Json:
    """From now on events go there: those of connected accounts with `connect`, else our own.

    Refuses connected accounts, whose endpoints are nobody's business here.
    """
    if ctx.owner != PLATFORM:
        raise invalid("Connected accounts of this platform have no webhook endpoints.")
    params = ctx.params
    row = ctx.put(
        {
            "id": new_id("we"),
            "object": KIND,
            "api_version": params.get("api_version"),
            "application": None,
            "created": ctx.now,
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "status": "enabled",
            "url": params["url"],
        }
    )
    secret = f"whsec_{secrets.token_urlsafe(24)}"
    connect = params.get("connect", False)
    ctx.store.notes[row["id"]] = {"secret": secret, "connect": connect}
    listen(ctx, row)
    return {**row, "secret": secret}


def listen(ctx: Context, row: Json) -> None:
    """Let the courier carry events there."""
    note = ctx.store.notes[row["id"]]
    every = "*" in row["enabled_events"]
    types = () if every else tuple(row["enabled_events"])
    hook = Hook(row["url"], note["secret"], types=types, connect=note["connect"], name=row["id"])
    ctx.state.courier.hooks.append(hook)


def resume(ctx: Context) -> None:
    """After a restart: the endpoints are still there."""
    for row in reversed(ctx.store.newest_first(KIND)):
        listen(ctx, row)


def list_all(ctx: Context) -> Json:
    """Endpoints, newest first, without their secrets."""
    return page(ctx, ctx.store.newest_first(KIND, owner=ctx.owner), KIND)
