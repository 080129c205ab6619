"""Which page answers which address."""

from collections.abc import Callable
from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.errors import BadParameter
from payments.devstripe.exchange import Reply, Request
from payments.devstripe.pages import (
    checkout,
    dashboard,
    desk,
    invoice,
    onboarding,
    refund,
    transfer,
)
from payments.devstripe.pages.layout import STYLE, page
from payments.devstripe.state import Context, State
from payments.devstripe.wire import read_form

BAD_REQUEST, NOT_FOUND, WRONG_METHOD = 400, 404, 405


def answer(state: State, request: Request) -> Reply:
    """A page, or what its form asked for."""
    if request.path == "/style.css":
        return Reply(200, STYLE, {"Content-Type": "text/css; charset=utf-8"})
    room, _, rest = request.path.removeprefix("/").partition("/")
    takes_forms = not room or room in ROOMS
    if request.method not in (("GET", "POST") if takes_forms else ("GET",)):
        return page("Not like this", "<p>This page takes no such request.</p>", status=WRONG_METHOD)
    try:
        form = read_form(request.body.decode()) if request.method == "POST" else None
    except (BadParameter, UnicodeDecodeError):
        return page("Bad form", "<p>The form could not be read.</p>", status=BAD_REQUEST)
    state.tick()
    with state.lock:
        return choose(Context(state), room, rest, form)


Page = Callable[[Context, str, Json | None], Reply]
ROOMS: Final[dict[str, Page]] = {
    "express": dashboard.express,
    "invoice": invoice.answer,
    "onboard": onboarding.answer,
    "pay": checkout.answer,
    "refund": refund.answer,
    "transfer": transfer.answer,
}


def choose(ctx: Context, room: str, rest: str, form: Json | None) -> Reply:
    """The page of an address."""
    if room in ROOMS:
        return ROOMS[room](ctx, rest, form)
    if room:
        return page("Not found", "<p>There is no such page.</p>", status=NOT_FOUND)
    return dashboard.platform(ctx) if form is None else desk.answer(ctx, form)
