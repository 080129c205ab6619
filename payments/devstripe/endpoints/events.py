"""The two event lists: v1 snapshots and v2 thin events, each going back 30 days."""

from typing import Final

from payments.devstripe.clock import read_stamp
from payments.devstripe.constants import EVENT_SECONDS, Json
from payments.devstripe.errors import invalid, missing, v2_missing
from payments.devstripe.fields import STAMPS, Spec, flag, group, many, may, text
from payments.devstripe.paging import PAGE, V2_PAGE, filters, page, v2_page, within
from payments.devstripe.state import Context

SNAPSHOT: Final = "event"
THIN: Final = "v2.core.event"
LIST: Final[Spec] = {
    **PAGE,
    **filters("type"),
    "delivery_success": may(flag),
    "types": may(many(text(), 20)),
}
V2_LIST: Final[Spec] = {
    **V2_PAGE,
    "created": may(group(STAMPS)),
    "object_id": may(text()),
    "types": may(many(text(), 20)),
}


def list_all(ctx: Context) -> Json:
    """Snapshot events of the account of this request, newest first.

    `delivery_success` asks for those that every endpoint has (not) taken.
    """
    params = ctx.params
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.")
    wanted = [params["type"]] if "type" in params else params.get("types")
    rows = [
        row
        for row in ctx.store.newest_first(SNAPSHOT, owner=ctx.owner)
        if row["created"] > ctx.now - EVENT_SECONDS
        and (not wanted or fits(row["type"], wanted))
        and params.get("delivery_success") in (None, row["pending_webhooks"] == 0)
    ]
    return page(ctx, rows, SNAPSHOT)


def fits(kind: str, wanted: list[str]) -> bool:
    """Whether an event type is one of those wanted; `payout.*` stands for a family."""
    return any(
        kind == name or (name.endswith("*") and kind.startswith(name[:-1])) for name in wanted
    )


def retrieve(ctx: Context) -> Json:
    """One snapshot event."""
    row = ctx.store.find(SNAPSHOT, ctx.ids[0], owner=ctx.owner)
    if row is None or row["created"] <= ctx.now - EVENT_SECONDS:
        raise missing(SNAPSHOT, ctx.ids[0])
    return row


def list_thin(ctx: Context) -> Json:
    """Thin events, newest first, by object, types or time."""
    params = ctx.params
    rows = [
        row
        for row in ctx.store.newest_first(THIN)
        if read_stamp(row["created"]) > ctx.now - EVENT_SECONDS
        and within(params.get("created", {}), read_stamp(row["created"]))
        and params.get("object_id") in (None, row.get("related_object", {}).get("id"))
        and row["type"] in params.get("types", (row["type"],))
    ]
    return v2_page(ctx, rows)


def retrieve_thin(ctx: Context) -> Json:
    """One thin event with its data."""
    row = ctx.store.find(THIN, ctx.ids[0])
    if row is None or read_stamp(row["created"]) <= ctx.now - EVENT_SECONDS:
        raise v2_missing("Event", ctx.ids[0])
    return row
