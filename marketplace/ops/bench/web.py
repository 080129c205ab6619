"""The web server under measurement: started as in production, killed now and then, its processor
time read from the kernel.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from marketplace.devservers.supervisor import ProcessGroup
from marketplace.ops import stack
from marketplace.ops.bench import scratch

NAME = "web-bench"
KILL_EVERY_SECONDS = 8.0
_PROC = Path("/proc")
_GROUP, _USER, _SYSTEM, _USER_OF_DEAD, _SYSTEM_OF_DEAD = 2, 11, 12, 13, 14
"""Columns of /proc/PID/stat after the name, counted from 0 (proc(5): 5, 14, 15, 16, 17)."""


class Web:
    """A running server."""

    def __init__(self, address: str, group: ProcessGroup) -> None:
        self.address = address
        self._group = group
        self.kills = 0

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far; 0 where the kernel has no /proc."""
        pid = self._group.pid(NAME)
        ticks = sum(_ticks(one.name, pid) for one in _PROC.glob("[0-9]*"))
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill_now_and_then(self, seconds: float) -> None:
        """Kill -9 all of it every few seconds for that long, and start it again each time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > KILL_EVERY_SECONDS / 2:
            time.sleep(min(KILL_EVERY_SECONDS / 2, left))
            self._group.kill(NAME)
            self._group.restart(NAME)
            self.kills += 1
            time.sleep(max(min(KILL_EVERY_SECONDS / 2, until - time.monotonic()), 0))


def _ticks(pid: str, group: int) -> int:
    """What one process has used, and its children that ended, if it is of that group."""
    try:
        words = (_PROC / pid / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    if int(words[_GROUP]) != group:
        return 0
    return sum(int(words[n]) for n in (_USER, _SYSTEM, _USER_OF_DEAD, _SYSTEM_OF_DEAD))


@contextmanager
def serving(database_url: str) -> Iterator[Web]:
    """The web processes of production on the scratch database, with the one view more."""
    at = stack.addresses(other_ports=True)
    site = scratch.site(database_url) | {
        "DJANGO_SETTINGS_MODULE": "marketplace.ops.bench.settings",
    }
    with stack.web_only(settings.LOCAL_DIR, at, site) as group:
        yield Web(at.web, group)
