"""Balances: every movement is a balance transaction, pending until its day, then available."""

import heapq

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.store import Store, new_id


class Books:
    """Running balances of the platform and of each connected account, in minor units.

    `post` writes a transaction; `settle` makes available what is due. Kept as running sums, so that
    a transfer costs the same with ten charges and with ten thousand.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sums: dict[tuple[str, str], dict[str, int]] = {}
        self._due: list[tuple[int, int, str, str]] = []
        self._count = 0

    def post(
        self,
        owner: str,
        kind: str,
        *,
        amount: int,
        currency: str,
        source: str,
        at: int,
        fee: int = 0,
        available_on: int | None = None,
        category: str | None = None,
    ) -> str:
        """Write one balance transaction and return its id. `amount` is gross, signed."""
        ready = at if available_on is None else available_on
        movement = {"type": kind, "category": category or kind, "amount": amount, "fee": fee}
        row = transaction(movement, currency=currency, source=source, at=at, ready=ready)
        self._store.put(row, owner=owner)
        self.count(row, owner)
        return str(row["id"])

    def count(self, row: Json, owner: str) -> None:
        """Add a balance transaction to the running sums; also how a saved state is read back."""
        sums = self._sums.setdefault((owner, row["currency"]), {"available": 0, "pending": 0})
        sums[row["status"]] += row["net"]
        if row["status"] == "pending":
            self._count += 1
            heapq.heappush(self._due, (row["available_on"], self._count, owner, row["id"]))

    def settle(self, now: int) -> set[str]:
        """Make available what is due by `now`; returns the owners whose balance grew."""
        owners = set()
        while self._due and self._due[0][0] <= now:
            _, _, owner, row_id = heapq.heappop(self._due)
            row = self._store.find("balance_transaction", row_id, owner=owner)
            if row is None:
                raise LookupError(row_id)
            row["status"] = "available"
            sums = self._sums[owner, row["currency"]]
            sums["pending"] -= row["net"]
            sums["available"] += row["net"]
            owners.add(owner)
        return owners

    def available(self, currency: str, *, owner: str = PLATFORM) -> int:
        """What the owner may spend now, minor units."""
        return self._sums.get((owner, currency), {}).get("available", 0)

    def total(self, currency: str, *, owner: str = PLATFORM) -> int:
        """Available and pending together, minor units."""
        return sum(self._sums.get((owner, currency), {}).values())

    def currencies(self, owner: str = PLATFORM) -> list[str]:
        """The currencies in which the owner ever had a movement, sorted."""
        return sorted({currency for holder, currency in self._sums if holder == owner})

    def balance(self, owner: str = PLATFORM) -> Json:
        """The v1 `balance` object: one row a currency on each side, `usd` where there is none."""
        names = self.currencies(owner) or ["usd"]

        def side(name: str) -> list[Json]:
            cash = {c: self._sums.get((owner, c), {}).get(name, 0) for c in names}
            return [
                {"amount": cash[c], "currency": c, "source_types": {"card": cash[c]}} for c in names
            ]

        return {
            "object": "balance",
            "available": side("available"),
            "connect_reserved": [{"amount": 0, "currency": names[0]}],
            "livemode": False,
            "pending": side("pending"),
        }


def transaction(movement: Json, *, currency: str, source: str, at: int, ready: int) -> Json:
    """A v1 `balance_transaction` of a movement with type, category, amount and fee."""
    amount, fee = movement["amount"], movement["fee"]
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": ready,
        "balance_type": "payments",
        "created": at,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": movement["category"],
        "source": source,
        "status": "available" if ready <= at else "pending",
        "type": movement["type"],
    }
