"""The kernel's tables."""

from marketplace.core.models.audit import AuditEntry
from marketplace.core.models.clock import ClockOffset
from marketplace.core.models.files import StoredFile
from marketplace.core.models.idempotency import IdempotencyKey
from marketplace.core.models.lease import LeasedModel
from marketplace.core.models.outbox import OutboxMessage, SweepBeat

__all__ = [
    "AuditEntry",
    "ClockOffset",
    "IdempotencyKey",
    "LeasedModel",
    "OutboxMessage",
    "StoredFile",
    "SweepBeat",
]
