"""The whole state of the local Stripe behind one lock, and the work that its clock makes due."""

import heapq
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from payments.devstripe.books import Books
from payments.devstripe.clock import Clock
from payments.devstripe.constants import PAYOUT_SECONDS, PLATFORM, SETTLE_SECONDS, Json
from payments.devstripe.delivery import Courier
from payments.devstripe.faults import Faults
from payments.devstripe.idempotency import Keys
from payments.devstripe.journal import Journal, Origin
from payments.devstripe.store import Store

CALLS_KEPT: Final = 20_000


@dataclass(frozen=True)
class Settings:
    """What may be chosen at start: where pages live, and how long money takes."""

    base_url: str = "http://127.0.0.1:12111"
    settle_seconds: int = SETTLE_SECONDS
    payout_seconds: int | None = PAYOUT_SECONDS
    """Seconds from available to the bank payout of a connected account; None: no automatic ones."""
    transfer_seconds: int = 0
    """From a transfer to its money being available there; a recipient agreement adds a day."""


@dataclass(frozen=True)
class Call:
    """One API request as it was received, and what was answered (status 0: connection cut)."""

    method: str
    path: str
    params: Json
    key: str | None
    account: str
    status: int
    body: Json | None
    fault: str | None = None


class State:
    """Everything the local Stripe knows. Whoever reads or writes holds `lock`.

    `version` grows with every request and every piece of work that may have changed something.
    """

    def __init__(self, settings: Settings, courier: Courier) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.courier = courier
        self.reset()

    def reset(self) -> None:
        """Begin anew: no objects, keys or faults, the machine's time; webhook endpoints stay."""
        with self.lock:
            self.clock = Clock()
            self.store = Store()
            self.books = Books(self.store)
            self.keys = Keys()
            self.faults = Faults()
            self.journal = Journal(self.store, self.clock, self.courier)
            self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
            self.call_counts: Counter[str] = Counter()
            self.version = 0
            self._due: list[tuple[int, int, Callable[[int], None]]] = []
            self._order = 0
            self.courier.clear()

    def schedule(self, at: int, work: Callable[[int], None]) -> None:
        """Do `work(at)` once the clock reaches `at`."""
        self._order += 1
        heapq.heappush(self._due, (at, self._order, work))

    def tick(self) -> None:
        """Catch up with the clock, in the order in which things fell due."""
        with self.lock:
            now = self.clock.now()
            while self._due and self._due[0][0] <= now:
                at, _, work = heapq.heappop(self._due)
                self.version += 1
                self._settle(at)
                work(at)
            self._settle(now)

    def _settle(self, at: int) -> None:
        for owner in sorted(self.books.settle(at)):
            self.version += 1
            Context(self, owner=owner, at=at).emit("balance.available", self.books.balance(owner))


@dataclass
class Context:
    """One request at work: its parameters, the ids in its path, whose account, who asked, when."""

    state: State
    params: Json = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    owner: str = PLATFORM
    origin: Origin = field(default_factory=Origin)
    at: int | None = None
    path: str = ""
    query: Json = field(default_factory=dict)

    @property
    def now(self) -> int:
        """The time of this work: the clock's, unless it fell due at another moment."""
        return self.state.clock.now() if self.at is None else self.at

    @property
    def store(self) -> Store:
        """The objects."""
        return self.state.store

    @property
    def books(self) -> Books:
        """The balances."""
        return self.state.books

    def put(self, row: Json) -> Json:
        """Keep an object for the account of this request."""
        return self.store.put(row, owner=self.owner)

    def emit(self, kind: str, row: Json, *, previous: Json | None = None) -> None:
        """Send a snapshot event of the account of this request."""
        self.state.journal.snapshot(
            kind, row, owner=self.owner, origin=self.origin, at=self.now, previous=previous
        )

    def emit_thin(
        self, kind: str, *, related: Json | None = None, data: Json | None = None
    ) -> None:
        """Send a thin event of the platform."""
        self.state.journal.thin(kind, related=related, data=data, origin=self.origin, at=self.now)
