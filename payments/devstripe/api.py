"""One API request from end to end: key, fault, account, parameters, idempotency, work, reply.

The order is Stripe's: what is refused before the work begins is remembered by no idempotency key.
"""

import json
import time

from payments.devstripe import auth
from payments.devstripe.endpoints.accounts import known
from payments.devstripe.errors import ApiError, BadParameter, shape, v2_invalid
from payments.devstripe.exchange import CUT, OK, Exchange, Reply, Request, note, reply
from payments.devstripe.faults import BEFORE, REFUSED, refusal
from payments.devstripe.fields import read
from payments.devstripe.idempotency import KEY_LENGTH, Stored
from payments.devstripe.journal import Origin
from payments.devstripe.paging import expand
from payments.devstripe.routes import Route, find
from payments.devstripe.state import Context, State
from payments.devstripe.store import new_id
from payments.devstripe.wire import read_form, read_json


def answer(state: State, request: Request) -> Reply:
    """Answer one API request and write it down."""
    headers = request.headers
    exchange = Exchange(
        state,
        request,
        request_id=new_id("req"),
        v2=request.path.startswith("/v2/"),
        key=headers.get("Idempotency-Key") if request.method == "POST" else None,
        account=headers.get("Stripe-Account") or headers.get("Stripe-Context") or "",
    )
    extra: dict[str, str] = {}
    try:
        status, text, extra = run(exchange)
    except ApiError as error:
        status, text, extra = error.status, json.dumps(error.body), error.headers
    note(exchange, status, text)
    return reply(exchange, status, text, extra)


def run(exchange: Exchange) -> tuple[int, str, dict[str, str]]:
    """Everything up to the reply: status, body as text, extra headers. Raises ApiError."""
    state, request = exchange.state, exchange.request
    auth.check(request.headers.get("Authorization"), v2=exchange.v2)
    with state.lock:
        exchange.fault = state.faults.take(request.method, request.path)
    if exchange.fault is not None and exchange.fault.kind in BEFORE:
        if exchange.fault.kind == "drop_before":
            return CUT, "null", {}
        raise refusal(exchange.fault.kind, v2=exchange.v2)
    found = find(request.method, request.path)
    if found is None:
        raise unknown_url(exchange)
    route, ids = found
    state.tick()
    with state.lock:
        if not known(Context(state), exchange.account):
            raise auth.no_access(exchange.account, v2=exchange.v2)
    return perform(exchange, route, context(exchange, route, ids))


def unknown_url(exchange: Exchange) -> ApiError:
    """404: not a path of Stripe's, or one that the local Stripe leaves out."""
    request = exchange.request
    message = (
        f"Unrecognized request URL ({request.method}: {request.path}). The local Stripe speaks "
        "only the endpoints that the marketplace uses."
    )
    if exchange.v2:
        return v2_invalid("not_found", message, status=404)
    return ApiError(404, {"message": message, "type": "invalid_request_error"}, kept=False)


def context(exchange: Exchange, route: Route, ids: tuple[str, ...]) -> Context:
    """The parameters, read and checked. Raises ApiError in the shape of the API version."""
    request = exchange.request
    try:
        if request.method == "GET":
            exchange.params = read_form(request.query)
        elif route.v2:
            exchange.params = read_json(request.body)
        else:
            exchange.params = read_form(as_text(request.body))
        clean = read(route.spec, exchange.params)
        if exchange.key is not None and len(exchange.key) > KEY_LENGTH:
            message = f"Idempotency keys have at most {KEY_LENGTH} characters."
            raise BadParameter("parameter_invalid", message, "Idempotency-Key")
    except BadParameter as problem:
        raise shape(problem, v2=route.v2) from problem
    return Context(
        exchange.state,
        params=clean,
        ids=ids,
        owner=exchange.account,
        origin=Origin(exchange.request_id, exchange.key),
        path=request.path,
        query=exchange.params,
    )


def as_text(body: bytes) -> str:
    """A form body as text. Refuses what is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadParameter("parameter_invalid", "The body is not UTF-8.", "body") from error


def perform(exchange: Exchange, route: Route, ctx: Context) -> tuple[int, str, dict[str, str]]:
    """The work, at most once for each idempotency key."""
    state = exchange.state
    name = (route.v2, exchange.account, exchange.key or "")
    kind = exchange.fault.kind if exchange.fault else None
    if kind == "409":
        raise refusal("409", v2=route.v2)
    if exchange.key:
        with state.lock:
            stored = state.keys.begin(
                name,
                f"{exchange.request.method} {exchange.request.path}",
                exchange.params,
                now=state.clock.now(),
                request_id=exchange.request_id,
            )
        if stored is not None:
            return replayed(stored)
    if exchange.fault is not None and kind == "slow":
        time.sleep(exchange.fault.seconds)
    with state.lock:
        done, seen = work(route, ctx, kind)
        if exchange.key:
            settle_key(state, name, done, seen, v2=route.v2)
    return seen[0], seen[1], {}


Result = tuple[int, str]


def work(route: Route, ctx: Context, kind: str | None) -> tuple[Result | None, Result]:
    """Do the work. Returns what was done (None: nothing) and what the caller gets to see."""
    if kind is not None and kind in REFUSED:
        return None, failed(route, kind)
    try:
        text = json.dumps(route.work(ctx))
        if "expand" in ctx.params:
            text = json.dumps(expand(ctx, json.loads(text)))
        done = (OK, text)
    except ApiError as error:
        done = (error.status, json.dumps(error.body))
    return done, failed(route, kind) if kind == "500_after" else done


def failed(route: Route, kind: str) -> Result:
    """The refusal of a fault."""
    error = refusal(kind, v2=route.v2)
    return error.status, json.dumps(error.body)


def settle_key(
    state: State, name: tuple[bool, str, str], done: Result | None, seen: Result, *, v2: bool
) -> None:
    """What the key remembers: under v1 what the caller saw, under v2 only work that succeeded."""
    kept = done if v2 else seen
    if kept is None or (v2 and kept[0] != OK):
        state.keys.forget(name)
    else:
        state.keys.finish(name, kept[0], json.loads(kept[1]))


def replayed(stored: Stored) -> tuple[int, str, dict[str, str]]:
    """The stored reply, marked as such."""
    headers = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
    return stored.status, stored.body, headers
