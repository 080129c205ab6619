"""Public ids: UUID version 7 (RFC 9562 §5.7), sortable by the time they were made."""

import os
import time
import uuid

_HANDLES = uuid.UUID("0f6f0d7c-9a53-5f0b-8c1e-3d0f4a7b6e21")


def handle(row_id: uuid.UUID) -> uuid.UUID:
    """What people read in place of an id whose order would tell them something: always the same
    for an id, in no order, and (the id has 74 random bits) of no use to find it.
    """
    return uuid.uuid5(_HANDLES, str(row_id))


def new_id() -> uuid.UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Never a secret."""
    millis = time.time_ns() // 1_000_000
    rand = int.from_bytes(os.urandom(10), "big")
    value = (millis & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= ((rand >> 64) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= rand & ((1 << 62) - 1)
    return uuid.UUID(int=value)
