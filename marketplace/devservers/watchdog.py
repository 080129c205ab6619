"""End the processes of a run whose owner was killed. Run as a script, by its path.

The owner writes `+GROUP` when it starts a process group and `-GROUP` when that one has ended. Its
death, even by kill -9, closes the pipe; then every group still on the list is asked to end, and
made to end after `python watchdog.py SECONDS`.
"""

import os
import signal
import sys
import time


def main(seconds: float) -> None:
    """Follow the list until the pipe closes, then clear it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's business
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for politely in (signal.SIGTERM, signal.SIGKILL):
        groups = {group for group in groups if _signal(group, politely)}
        deadline = time.monotonic() + seconds
        while groups and time.monotonic() < deadline:
            time.sleep(0.05)
            groups = {group for group in groups if _signal(group, 0)}


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; False where nothing of it is left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main(float(sys.argv[1]))
