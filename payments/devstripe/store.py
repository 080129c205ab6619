"""The objects of the local Stripe: kept by owner and kind, listed newest first."""

import secrets
import string
from collections import defaultdict

from payments.devstripe.constants import PLATFORM, Json

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """An id in Stripe's manner: the prefix and 24 letters or digits."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(24))}"


class Store:
    """All objects, each under the account that owns it; the platform's owner key is empty.

    `notes` holds what Stripe knows and never shows: bank numbers, line items, account links.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[tuple[str, str], dict[str, Json]] = defaultdict(dict)
        self.notes: dict[str, Json] = {}

    def put(self, row: Json, *, owner: str = PLATFORM) -> Json:
        """Keep an object under its `id` and return it."""
        self._rows[owner, row["object"]][row["id"]] = row
        return row

    def find(self, kind: str, object_id: str, *, owner: str = PLATFORM) -> Json | None:
        """The object, or nothing where the owner has none of that id."""
        return self._rows[owner, kind].get(object_id)

    def newest_first(self, kind: str, *, owner: str = PLATFORM) -> list[Json]:
        """All objects of a kind that the owner has, the newest first."""
        return list(reversed(self._rows[owner, kind].values()))

    def everything(self) -> list[tuple[str, Json]]:
        """Every object with its owner, each kind in the order it was made."""
        return [(owner, row) for (owner, _), rows in self._rows.items() for row in rows.values()]

    def anywhere(self, object_id: str, *, owner: str = PLATFORM) -> Json | None:
        """The object of that id whatever its kind; used where an id is expanded."""
        for (holder, _), rows in self._rows.items():
            if holder == owner and object_id in rows:
                return rows[object_id]
        return None
