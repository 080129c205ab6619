"""Lists: newest first, cut into pages by v1's cursors or v2's page links; and v1's `expand`."""

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from payments.devstripe.constants import Json
from payments.devstripe.errors import BadParameter, missing, v2_invalid
from payments.devstripe.fields import Field, Spec, integer, many, may, moment, text
from payments.devstripe.state import Context

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
EXPANDABLE = frozenset(
    {
        "balance_transaction",
        "charge",
        "customer",
        "data",
        "latest_charge",
        "payment_intent",
        "payment_method",
        "payments",
        "setup_intent",
        "source",
        "transfer",
    }
)


def expansion(name: str, value: Any) -> str:
    """A path of properties that hold ids, such as `data.balance_transaction`."""
    path = str(text(200)(name, value))
    if not EXPANDABLE.issuperset(path.split(".")):
        message = f"This property cannot be expanded ({path})."
        raise BadParameter("parameter_invalid", message, "expand")
    return path


EXPAND: Spec = {"expand": may(many(expansion))}
PAGE: Spec = {
    **EXPAND,
    "limit": may(integer(1, MAX_LIMIT)),
    "starting_after": may(text()),
    "ending_before": may(text()),
    "created": may(moment),
}
V2_PAGE: Spec = {"limit": may(integer(1, MAX_LIMIT)), "page": may(text())}


def filters(*names: str) -> dict[str, Field]:
    """Query parameters that are compared with the attribute of the same name."""
    return {name: may(text()) for name in names}


def within(moment_range: Json, at: int) -> bool:
    """Whether a time lies in a range of gt, gte, lt, lte."""
    lowest = max(moment_range.get("gt", -1) + 1, moment_range.get("gte", 0))
    highest = min(moment_range.get("lt", at + 1) - 1, moment_range.get("lte", at))
    return bool(lowest <= at <= highest)


def page(ctx: Context, rows: list[Json], what: str) -> Json:
    """One v1 page of `rows` (newest first), after `created` and the cursors were applied."""
    params = ctx.params
    if "created" in params:
        rows = [row for row in rows if within(params["created"], row["created"])]
    limit = params.get("limit", DEFAULT_LIMIT)
    if "starting_after" in params:
        rows = rows[place(rows, params["starting_after"], what, "starting_after") + 1 :]
    elif "ending_before" in params:
        rows = rows[: place(rows, params["ending_before"], what, "ending_before")]
        return listed(ctx.path, rows[-limit:], more=len(rows) > limit)
    return listed(ctx.path, rows[:limit], more=len(rows) > limit)


def listed(url: str, rows: list[Json], *, more: bool = False) -> Json:
    """A v1 `list` object."""
    return {"object": "list", "data": rows, "has_more": more, "url": url}


def place(rows: list[Json], object_id: str, what: str, param: str) -> int:
    """Where the cursor's object stands. Refuses an id that is not in the list."""
    for at, row in enumerate(rows):
        if row["id"] == object_id:
            return at
    raise missing(what, object_id, param=param, status=400)


def v2_page(ctx: Context, rows: list[Json]) -> Json:
    """One v2 page; `next_page_url` repeats the filters and names the last row seen."""
    limit = ctx.params.get("limit", DEFAULT_LIMIT)
    token = ctx.params.get("page")
    if token is not None:
        ids = [row["id"] for row in rows]
        if token not in ids:
            raise v2_invalid("invalid_page_token", "The page token is not valid.")
        rows = rows[ids.index(token) + 1 :]
    following = None
    if len(rows) > limit:
        query = flat({**ctx.query, "page": rows[limit - 1]["id"]})
        following = f"{ctx.path}?{urlencode(query)}"
    return {"data": rows[:limit], "next_page_url": following, "previous_page_url": None}


def flat(node: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested parameters as the bracketed pairs of a query."""
    if isinstance(node, dict):
        pairs = node.items()
    elif isinstance(node, list):
        pairs = dict(enumerate(node)).items()
    else:
        return [(name, str(node))]
    return [
        pair for key, child in pairs for pair in flat(child, f"{name}[{key}]" if name else str(key))
    ]


def expand(ctx: Context, reply: Json) -> Json:
    """Put objects in place of the ids that `expand` names. What holds no id stays as it is."""
    for path in ctx.params.get("expand", ()):
        _expand(reply, path.split("."), lambda i: ctx.store.anywhere(i, owner=ctx.owner))
    return reply


def _expand(node: Any, steps: list[str], find: Callable[[str], Json | None]) -> None:
    if isinstance(node, list):
        for child in node:
            _expand(child, steps, find)
    if not isinstance(node, dict) or not steps or steps[0] not in node:
        return
    value = node[steps[0]]
    found = find(value) if isinstance(value, str) else None
    if found is not None:
        node[steps[0]] = copy.deepcopy(found)
    _expand(node[steps[0]], steps[1:], find)
