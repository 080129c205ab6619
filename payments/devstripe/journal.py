"""Events: snapshots of the v1 API and thin ones of the v2 API, kept and handed to the courier."""

import copy
from dataclasses import dataclass

from payments.devstripe.clock import Clock
from payments.devstripe.constants import API_VERSION, PLATFORM, Json
from payments.devstripe.delivery import Courier
from payments.devstripe.store import Store, new_id


@dataclass(frozen=True)
class Origin:
    """The request behind an event; empty where time or a person at a hosted page caused it."""

    request_id: str | None = None
    key: str | None = None


@dataclass
class Journal:
    """Writes events into the store of their owner and sends them on."""

    store: Store
    clock: Clock
    courier: Courier

    def snapshot(
        self,
        kind: str,
        row: Json,
        *,
        owner: str,
        origin: Origin,
        at: int,
        previous: Json | None = None,
    ) -> None:
        """A v1 event: the object as it is now, and the old values of what changed."""
        data: Json = {"object": copy.deepcopy(row)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": at,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": origin.request_id, "idempotency_key": origin.key},
            "type": kind,
        }
        if owner != PLATFORM:
            event["account"] = owner
        self.store.put(event, owner=owner)
        self.courier.accept(event)

    def thin(
        self, kind: str, *, related: Json | None, data: Json | None, origin: Origin, at: int
    ) -> None:
        """A v2 event: it only names the object; `data` is seen by those who fetch the event."""
        event: Json = {
            "id": new_id("evt"),
            "object": "v2.core.event",
            "changes": None,
            "context": None,
            "created": self.clock.stamp(at),
            "livemode": False,
            "reason": reason(origin),
            "type": kind,
        }
        if related is not None:
            event["related_object"] = {
                "id": related["id"],
                "type": related["object"],
                "url": f"/v2/core/accounts/{related['id']}",
            }
        if data is not None:
            event["data"] = data
        self.store.put(event)
        self.courier.accept(event)


def reason(origin: Origin) -> Json | None:
    """Which API request caused a thin event, where one did."""
    if origin.request_id is None:
        return None
    request = {"id": origin.request_id, "idempotency_key": origin.key or ""}
    return {"type": "request", "request": request}
