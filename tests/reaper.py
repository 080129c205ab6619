"""End every process of a test run that was killed. Run as a script, by its path.

`python reaper.py TOKEN FOLDER`: the run's processes carry TOKEN in their environment, the reaper
does not. When the pipe from the run closes, also by kill -9, whatever still carries it is killed,
and the run's throw-away FOLDER is removed. Linux only; elsewhere it does nothing.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def carriers(token: bytes) -> list[int]:
    """Processes whose environment holds the token."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if token in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def main(token: str, folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.read()
    for _ in range(40):
        left = carriers(token.encode())
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
