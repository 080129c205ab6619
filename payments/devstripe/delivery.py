"""Webhook delivery: at least once, in order unless told otherwise, retried until a 2xx."""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from payments.devstripe.constants import Json
from payments.devstripe.signing import post, sign

LOG_LENGTH: Final = 5000
LONGEST_WAIT: Final = 30.0
MOST_COPIES: Final = 100


@dataclass(frozen=True)
class Hook:
    """An endpoint that wants events, snapshots or thin ones; all types unless some are named.

    `connect`: only those of connected accounts, or only the platform's own; None: both. One that
    was made through the API has its id as `name`.
    """

    url: str
    secret: str
    thin: bool = False
    types: tuple[str, ...] = ()
    connect: bool | None = None
    name: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not self.secret:
            raise ValueError("A webhook needs an http(s) URL and a secret.")

    def wants(self, event: Json) -> bool:
        """Whether this event goes here."""
        thin = event["object"] == "v2.core.event"
        whose = self.connect in (None, "account" in event)
        return thin == self.thin and whose and (not self.types or event["type"] in self.types)


@dataclass(frozen=True)
class Options:
    """How events travel. Stripe promises neither order nor single delivery; tests choose here.

    `drop` names the types that get lost, `*` loses all; `delay_seconds` keeps each on its way.
    `secret` signs with another secret, `timestamp_shift` moves the signed time, `account` says that
    it is another account's, `livemode` that it is live (or not): all to forge.
    """

    mode: str = "auto"
    copies: int = 1
    order: str = "fifo"
    seed: int = 1
    drop: tuple[str, ...] = ()
    secret: str | None = None
    timestamp_shift: int = 0
    delay_seconds: float = 0.0
    account: str | None = None
    livemode: bool | None = None
    attempts: int = 20
    retry_seconds: float = 0.5

    def __post_init__(self) -> None:
        if self.mode not in ("auto", "manual") or self.order not in ("fifo", "reverse", "shuffle"):
            raise ValueError("mode is auto or manual; order is fifo, reverse or shuffle.")
        if not 1 <= self.copies <= MOST_COPIES or self.attempts < 1:
            raise ValueError("1 <= copies <= 100 and attempts >= 1, please.")
        if self.retry_seconds < 0 or self.delay_seconds < 0:
            raise ValueError("retry_seconds >= 0 and delay_seconds >= 0, please.")

    def forged(self, event: Json) -> Json:
        """The event as it is sent: another account's, or of another mode, where that is asked."""
        changes: Json = {} if self.account is None else {"account": self.account}
        return event | changes | ({} if self.livemode is None else {"livemode": self.livemode})


@dataclass
class Parcel:
    """One event on its way to one endpoint."""

    event: Json
    hook: Hook
    body: bytes
    era: int = 0
    tries: int = 0
    due: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """One attempt: status is the receiver's, 0 where nobody answered."""

    event_id: str
    type: str
    url: str
    attempt: int
    status: int


@dataclass
class Courier:
    """Carries events to endpoints from a thread of its own, or when told to (`flush`)."""

    hooks: list[Hook] = field(default_factory=list)
    options: Options = field(default_factory=Options)
    log: deque[Delivery] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))

    def __post_init__(self) -> None:
        self._waiting: list[Parcel] = []
        self._era = 0
        self._carried: set[tuple[str, str]] = set()
        self._busy = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def accept(self, event: Json) -> None:
        """Take an event in for every endpoint that wants it."""
        hooks = [hook for hook in self.hooks if hook.wants(event)]
        if event["object"] == "event":
            event["pending_webhooks"] = len(hooks)
        if event["type"] in self.options.drop or "*" in self.options.drop:
            return
        shown = {name: part for name, part in event.items() if name != "data"}
        seen = self.options.forged(event if event["object"] == "event" else shown)
        body, due = json.dumps(seen).encode(), time.monotonic() + self.options.delay_seconds
        with self._changed:
            for hook in hooks:
                copies = range(self.options.copies)
                self._waiting += [Parcel(event, hook, body, self._era, due=due) for _ in copies]
            self._changed.notify_all()

    def saved(self) -> list[Json]:
        """What waits, as JSON: the event, the endpoint, the body."""
        with self._changed:
            return [
                {"id": one.event["id"], "url": one.hook.url, "body": one.body.decode()}
                for one in self._waiting
            ]

    def restore(self, rows: list[Json], find: Callable[[str], Json | None]) -> None:
        """Take back what waited, as far as its endpoint is still there."""
        hooks = {hook.url: hook for hook in self.hooks}
        with self._changed:
            for row in rows:
                event = find(row["id"])
                if event is not None and row["url"] in hooks:
                    hook, body = hooks[row["url"]], row["body"].encode()
                    self._waiting.append(Parcel(event, hook, body, self._era))
            self._changed.notify_all()

    def configure(self, **changes: object) -> Options:
        """Change some of the options. Raises ValueError or TypeError for what is not one."""
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]
        with self._changed:
            self._changed.notify_all()
        return self.options

    def clear(self) -> None:
        """Forget what waits and what was sent, and endpoints made through the API; those named at
        start stay, options start anew.
        """
        with self._changed:
            self.hooks[:] = [hook for hook in self.hooks if not hook.name]
            self._era += 1
            self._waiting.clear()
            self._carried.clear()
            self.log.clear()
            self.options = Options()

    def pending(self) -> int:
        """Parcels not yet carried or given up, those in hand included."""
        with self._changed:
            return len(self._waiting) + self._busy

    def idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way. False where that takes longer than `timeout`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout)

    def flush(self) -> list[Delivery]:
        """Deliver all that waits now, from the caller's thread, retries included, once."""
        return self._carry(self._take(everything=True))

    def start(self) -> None:
        """Deliver from a thread of its own from now on."""
        self._thread = threading.Thread(target=self._run, name="devstripe-courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what still waits is lost, as with a server that is switched off."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stopped:
            batch = self._take(everything=False) if self.options.mode == "auto" else []
            if batch:
                self._carry(batch)
                continue
            with self._changed:
                if not self._stopped:
                    self._changed.wait(0.05 if self._waiting else 1.0)

    def _take(self, *, everything: bool) -> list[Parcel]:
        now = time.monotonic()
        with self._changed:
            batch = [parcel for parcel in self._waiting if everything or parcel.due <= now]
            taken = set(map(id, batch))
            self._waiting = [parcel for parcel in self._waiting if id(parcel) not in taken]
            self._busy += len(batch)
        if self.options.order == "reverse":
            batch.reverse()
        elif self.options.order == "shuffle":
            random.Random(self.options.seed).shuffle(batch)  # noqa: S311 - an order, no secret
        return batch

    def _carry(self, batch: list[Parcel]) -> list[Delivery]:
        sent = []
        for parcel in batch:
            status = 0 if self._stopped else self._post(parcel)
            parcel.tries += 1
            event = parcel.event
            sent.append(Delivery(event["id"], event["type"], parcel.hook.url, parcel.tries, status))
            self._settle(parcel, carried=200 <= status < 300)  # noqa: PLR2004 - HTTP's own range
        self.log.extend(sent)
        return sent

    def _settle(self, parcel: Parcel, *, carried: bool) -> None:
        name = (parcel.event["id"], parcel.hook.url)
        with self._changed:
            self._busy -= 1
            if carried and name not in self._carried:
                self._carried.add(name)
                if "pending_webhooks" in parcel.event:
                    parcel.event["pending_webhooks"] -= 1
            again = parcel.tries < self.options.attempts and parcel.era == self._era
            if not carried and again and not self._stopped:
                wait = self.options.retry_seconds * 2 ** min(parcel.tries - 1, 10)
                parcel.due = time.monotonic() + min(wait, LONGEST_WAIT)
                self._waiting.append(parcel)
            self._changed.notify_all()

    def _post(self, parcel: Parcel) -> int:
        stamp = int(time.time()) + self.options.timestamp_shift
        signature = sign(parcel.body, self.options.secret or parcel.hook.secret, stamp)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        return post(parcel.hook.url, parcel.body, headers)
