"""Where one server keeps its things."""

from dataclasses import dataclass
from pathlib import Path

from marketplace.devservers.process import Identity


@dataclass(frozen=True)
class Place:
    """Where one server keeps its data, socket and log, and who runs it."""

    home: Path
    sockets: Path
    log: Path
    identity: Identity | None
    lock: int  # a descriptor the server holds open: the lock is free only when it has ended
    ephemeral: bool
