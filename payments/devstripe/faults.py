"""Faults on demand: what a network, a rate limiter or a broken server does to one request."""

import re
from dataclasses import dataclass, field
from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.errors import ApiError

BEFORE: Final = frozenset({"drop_before", "429", "429_lock", "401", "403"})
"""Before Stripe's idempotency layer: nothing is done and no key is touched."""
REFUSED: Final = frozenset({"500_before", "402", "short"})
"""Executed and refused: nothing is done; v1 stores the refusal under the key."""
KINDS: Final = (
    BEFORE
    | REFUSED
    | {
        "409",  # the key is in use; nothing is done
        "500_after",  # done, yet the caller sees a 500; v1 stores the 500
        "drop_after",  # done, then the connection is cut
        "hang_after",  # done, then silence for `seconds`, then the connection is cut
        "bad_json",  # done, then a 200 whose body is a page of HTML
        "slow",  # `seconds` of waiting while the key is held, then done as usual
    }
)
LONGEST: Final = 600.0
SERVER_ERROR: Final = 500
IN_USE: Final = "There is currently another in-progress request using this Idempotent Key."
TOO_MANY: Final = "Request rate limit exceeded. See https://stripe.com/docs/rate-limits."
FORBIDDEN: Final = "The provided key does not have the required permissions for this endpoint."
SHORT: Final = "You have insufficient available funds in your Stripe account."
LOCKED: Final = (
    "This object cannot be accessed right now because another API request or Stripe process is "
    "currently accessing it."
)


@dataclass
class Fault:
    """One fault: hits `times` requests that match, after letting `skip` of them pass.

    `path` is a regular expression searched in the path; `method` may be `*`.
    """

    kind: str
    method: str = "POST"
    path: str = "."
    times: int = 1
    skip: int = 0
    seconds: float = 1.0
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}; known are {', '.join(sorted(KINDS))}.")
        if self.times < 1 or self.skip < 0 or not 0 <= self.seconds <= LONGEST:
            raise ValueError("times >= 1, skip >= 0 and 0 <= seconds <= 600, please.")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is meant, spent faults aside."""
        return (
            self.hits < self.times
            and self.method in ("*", method)
            and re.search(self.path, path) is not None
        )


class Faults:
    """The faults in force, tried in the order they were set; one request meets one fault."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault behind those that already wait."""
        self.armed.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted as used; or none."""
        for fault in self.armed:
            if not fault.matches(method, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.hits += 1
            return fault
        return None

    def waiting(self) -> list[Json]:
        """Faults not yet used up, for the control page."""
        return [
            {"kind": f.kind, "method": f.method, "path": f.path, "left": f.times - f.hits}
            for f in self.armed
            if f.hits < f.times
        ]


ANSWERS: Final[dict[str, tuple[int, str, str | None, str]]] = {
    "402": (402, "card_error", "card_declined", "Your card was declined."),
    "short": (400, "invalid_request_error", "balance_insufficient", SHORT),
    "401": (401, "invalid_request_error", "api_key_expired", "Expired API Key provided."),
    "403": (403, "invalid_request_error", None, FORBIDDEN),
    "409": (409, "idempotency_error", "idempotency_key_in_use", IN_USE),
    "429": (429, "invalid_request_error", "rate_limit", TOO_MANY),
    "429_lock": (429, "invalid_request_error", "lock_timeout", LOCKED),
    "500_before": (500, "api_error", None, "An unknown error occurred."),
    "500_after": (500, "api_error", None, "An unknown error occurred."),
}
"""Status, type, code and message of the faults that answer."""


def refusal(kind: str, *, v2: bool) -> ApiError:
    """The reply of a fault that answers: `ANSWERS`."""
    status, of_type, code, message = ANSWERS[kind]
    error: Json = {"message": message, "type": of_type}
    if code or v2:
        error["code"] = code or "internal_error"
    headers = {"Stripe-Should-Retry": "true"} if kind == "429_lock" else {}
    return ApiError(status, error, headers=headers, kept=kind in REFUSED or status >= SERVER_ERROR)
