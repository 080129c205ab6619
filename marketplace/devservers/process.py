"""Start a child that cannot outlive us, and stop it politely."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from marketplace.devservers.errors import ServersError

LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Identity:
    """The user and group a child runs as."""

    user: int
    group: int


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    at_parents_death: signal.Signals,
    identity: Identity | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session; on Linux it gets a signal when the calling thread ends.

    The signal is tied to the thread that calls, so call from the main thread.
    `keep_open` are file descriptors that the child holds until it ends.
    """
    who = (str(identity.user), str(identity.group)) if identity else ("-", "-")
    words = [str(word) for word in command]
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return subprocess.Popen(
        [*launcher, str(int(at_parents_death)), str(os.getpid()), *who, *words],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=cwd or "/",
        env=env,
        pass_fds=keep_open,
        start_new_session=True,
    )


def stop(
    process: subprocess.Popen[bytes], *, politely: signal.Signals, name: str, seconds: float
) -> None:
    """Ask `process` to end, wait, and make it end if it does not."""
    if process.poll() is None:
        process.send_signal(politely)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            raise ServersError(f"{name} (process {process.pid}) does not end.") from None
