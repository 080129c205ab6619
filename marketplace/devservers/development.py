"""What a development command needs before Django reads its settings: secrets and servers."""

import contextlib
import os
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType

from marketplace.devservers.environment import read_or_make
from marketplace.devservers.servers import Servers

_SERVER_NAMES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


@contextlib.contextmanager
def development(local: Path) -> Generator[Servers]:
    """Fill `os.environ` for a run in `local` (`.local`), servers included, and clean up after it.

    What the environment names already is kept and not started. SIGTERM and SIGHUP then end the
    block as Ctrl-C does, so that the servers are stopped in order.
    """
    for name, value in read_or_make(local / "env").items():
        os.environ.setdefault(name, value)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with Servers(
        local,
        with_postgres="DATABASE_URL" not in os.environ,
        with_valkey="REDIS_URL" not in os.environ,
    ) as servers:
        os.environ.update(servers.environment())
        yield servers


def attach(local: Path) -> None:
    """Fill `os.environ` from a run in `local`, for a command that works beside it (`shell`)."""
    if (local / "env").exists():
        for name, value in read_or_make(local / "env").items():
            os.environ.setdefault(name, value)
    note = local / "env.servers"
    lines = note.read_text().splitlines() if note.exists() else []
    for name, value in (line.split("=", 1) for line in lines):
        if name in _SERVER_NAMES:
            os.environ.setdefault(name, value)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
