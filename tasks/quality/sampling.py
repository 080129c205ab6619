"""Which submissions are looked at by a reviewer: a draw that anyone can repeat."""

import hashlib
from uuid import UUID


def drawn(item: UUID, percent: int) -> bool:
    """Tell whether an item is in a sample of `percent` (0 to 100) of all items.

    The draw is the SHA-256 of the id, modulo 10,000: the same item always falls the same way, and
    a larger share contains the smaller.
    """
    number = int.from_bytes(hashlib.sha256(item.bytes).digest()[:8], "big")
    return number % 10_000 < percent * 100
