"""Which page answers which address."""

from payments.devstripe.constants import Json
from payments.devstripe.errors import BadParameter
from payments.devstripe.exchange import Reply, Request
from payments.devstripe.pages import checkout, dashboard, invoice, onboarding
from payments.devstripe.pages.layout import STYLE, page
from payments.devstripe.state import Context, State
from payments.devstripe.wire import read_form

BAD_REQUEST, NOT_FOUND, WRONG_METHOD = 400, 404, 405


def answer(state: State, request: Request) -> Reply:
    """A page, or what its form asked for."""
    if request.path == "/style.css":
        return Reply(200, STYLE, {"Content-Type": "text/css; charset=utf-8"})
    room, _, rest = request.path.removeprefix("/").partition("/")
    takes_forms = room in ("pay", "onboard", "invoice", "express")
    if request.method not in (("GET", "POST") if takes_forms else ("GET",)):
        return page("Not like this", "<p>This page takes no such request.</p>", status=WRONG_METHOD)
    try:
        form = read_form(request.body.decode()) if request.method == "POST" else None
    except (BadParameter, UnicodeDecodeError):
        return page("Bad form", "<p>The form could not be read.</p>", status=BAD_REQUEST)
    state.tick()
    with state.lock:
        return choose(Context(state), room, rest, form)


def choose(ctx: Context, room: str, rest: str, form: Json | None) -> Reply:
    """The page of an address."""
    if room == "pay":
        return checkout.answer(ctx, rest, form)
    if room == "invoice":
        return invoice.answer(ctx, rest, form)
    if room == "onboard":
        return onboarding.answer(ctx, rest, form)
    if room == "express":
        return dashboard.express(ctx, rest, form)
    if not room:
        return dashboard.platform(ctx)
    return page("Not found", "<p>There is no such page.</p>", status=NOT_FOUND)
