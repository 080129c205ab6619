"""Idempotency keys as Stripe keeps them: a fingerprint of the request, then the stored reply.

v1 remembers every reply that came after the work began, refusals and 500s included, for 24 hours.
v2 remembers successes for 30 days and does failed work again. Neither remembers what was refused
before the work began (validation, rate limits, keys in use).
Source: docs.stripe.com/api/idempotent_requests and docs.stripe.com/api-v2-overview#idempotency.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

from payments.devstripe.constants import V1_KEY_SECONDS, V2_KEY_SECONDS, Json
from payments.devstripe.errors import ApiError

KEY_LENGTH = 255


@dataclass
class Slot:
    """One key: what was asked, since when, and the reply once there is one."""

    fingerprint: str
    endpoint: str
    at: int
    request_id: str
    reply: tuple[int, str] | None = None


@dataclass(frozen=True)
class Stored:
    """A reply that is sent again: its status, its body as text, and the request that made it."""

    status: int
    body: str
    request_id: str


class Keys:
    """All keys of the platform, apart by API generation and by connected account."""

    def __init__(self) -> None:
        self._slots: dict[tuple[bool, str, str], Slot] = {}

    def begin(
        self, name: tuple[bool, str, str], endpoint: str, params: Json, *, now: int, request_id: str
    ) -> Stored | None:
        """Claim the key, or return the stored reply.

        `name` is (is v2, account, key). Raises ApiError: 409 while the first request is still at
        work, 400 where the same key comes with another request.
        """
        self._prune(name, now)
        text = json.dumps(params, sort_keys=True)
        fingerprint = hashlib.sha256(f"{endpoint}\n{text}".encode()).hexdigest()
        slot = self._slots.get(name)
        if slot is None:
            self._slots[name] = Slot(fingerprint, endpoint, now, request_id)
            return None
        if slot.fingerprint != fingerprint:
            raise misused(slot, endpoint, key=name[2], v2=name[0])
        if slot.reply is None:
            raise in_use(key=name[2], v2=name[0])
        return Stored(*slot.reply, slot.request_id)

    def finish(self, name: tuple[bool, str, str], status: int, body: Json) -> None:
        """Keep the reply of the work that ended under this key."""
        slot = self._slots.get(name)
        if slot is not None:
            slot.reply = (status, json.dumps(body))

    def forget(self, name: tuple[bool, str, str]) -> None:
        """Let go of a key whose request left nothing behind: the next one does the work."""
        self._slots.pop(name, None)

    def saved(self) -> list[Json]:
        """The keys whose work has ended, as JSON."""
        return [
            {"name": list(name), **asdict(slot)}
            for name, slot in self._slots.items()
            if slot.reply is not None
        ]

    def restore(self, rows: list[Json]) -> None:
        """Take saved keys back."""
        for row in rows:
            v2, account, key = row.pop("name")
            status, body = row.pop("reply")
            self._slots[v2, account, key] = Slot(**row, reply=(status, body))

    def in_flight(self) -> int:
        """How many keys have work under way."""
        return sum(slot.reply is None for slot in list(self._slots.values()))

    def _prune(self, name: tuple[bool, str, str], now: int) -> None:
        slot = self._slots.get(name)
        life = V2_KEY_SECONDS if name[0] else V1_KEY_SECONDS
        if slot is not None and now - slot.at >= life:
            del self._slots[name]


def misused(slot: Slot, endpoint: str, *, key: str, v2: bool) -> ApiError:
    """400: the key belongs to another endpoint or to other parameters."""
    what = (
        "the same parameters they were first used with"
        if slot.endpoint == endpoint
        else f"the same endpoint they were first used for ('{slot.endpoint}' vs '{endpoint}')"
    )
    return conflict(
        400,
        f"Keys for idempotent requests can only be used with {what}. Try using a key other than "
        f"'{key}' if you meant to execute a different request.",
        code="idempotency_error" if v2 else None,
    )


def in_use(*, key: str, v2: bool) -> ApiError:
    """409: another request under this key has not ended yet."""
    return conflict(
        409,
        f"There is currently another in-progress request using this Idempotent Key ('{key}'). "
        "This is likely from a retried or concurrent request. Please wait and try again.",
        code="idempotency_error" if v2 else "idempotency_key_in_use",
    )


def conflict(status: int, message: str, *, code: str | None) -> ApiError:
    """An `idempotency_error`, itself never stored."""
    error: Json = {"message": message, "type": "idempotency_error"}
    if code:
        error["code"] = code
    return ApiError(status, error, kept=False)
