"""Which submissions are looked at by a reviewer: a draw that anyone can repeat."""

import hashlib
from uuid import UUID


def drawn(item: UUID, percent: float, key: bytes = b"") -> bool:
    """Tell whether an item is in a sample of `percent` (0 to 100) of all items.

    The draw is the SHA-256 of `key` and id, modulo 10,000: the same item always falls the same way,
    and a larger share contains the smaller. Nobody foresees it who does not have the key.
    """
    number = int.from_bytes(hashlib.sha256(key + item.bytes).digest()[:8], "big")
    return number % 10_000 < percent * 100
