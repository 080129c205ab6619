"""One request and its reply: the shapes, the record of what was seen, what faults do on the way."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from payments.devstripe.constants import API_VERSION, Json
from payments.devstripe.faults import Fault
from payments.devstripe.state import Call, State

CUT: Final = 0
"""The status of a reply that is never sent: the connection is cut instead."""
GARBAGE: Final = b"<html><head><title>502 Bad Gateway</title></head></html>"
HIDDEN: Final = frozenset({"drop_after", "hang_after", "bad_json"})
OK: Final = 200


class CaseInsensitive:
    """Headers, whatever the case of their names."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def get(self, name: str) -> str | None:
        """The value of a header, if it was sent."""
        return self._values.get(name.lower())


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: str
    headers: CaseInsensitive
    body: bytes


@dataclass
class Reply:
    """What goes back. `hang` seconds of silence come first; status 0 cuts the connection."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0


@dataclass
class Exchange:
    """One request on its way through."""

    state: State
    request: Request
    request_id: str
    v2: bool
    key: str | None
    account: str
    params: Json = field(default_factory=dict)
    fault: Fault | None = None


def note(exchange: Exchange, status: int, text: str) -> None:
    """Write the request down, for the contract check and the summary."""
    state, request = exchange.state, exchange.request
    with state.lock:
        state.call_counts[f"{request.method} {request.path}"] += 1
        state.calls.append(
            Call(
                method=request.method,
                path=request.path,
                params=exchange.params,
                key=exchange.key,
                account=exchange.account,
                status=status,
                body=json.loads(text),
                fault=exchange.fault.kind if exchange.fault else None,
            )
        )


def reply(exchange: Exchange, status: int, text: str, extra: dict[str, str]) -> Reply:
    """The reply as it is sent, with what a fault does to it on the way."""
    headers = {
        "Content-Type": "application/json",
        "Request-Id": exchange.request_id,
        "Stripe-Version": exchange.request.headers.get("Stripe-Version") or API_VERSION,
        **extra,
    }
    if exchange.key:
        headers["Idempotency-Key"] = exchange.key.encode("latin-1", "replace").decode("latin-1")
    if exchange.account:
        headers["Stripe-Account"] = exchange.account
    fault = exchange.fault
    if fault is None or fault.kind not in HIDDEN:
        return Reply(status, text.encode(), headers)
    if fault.kind == "bad_json":
        return Reply(OK, GARBAGE, headers)
    return Reply(CUT, hang=fault.seconds if fault.kind == "hang_after" else 0.0)
