"""Look at real processes from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def processes_naming(text: str) -> dict[int, str]:
    """Living processes, other than this one, whose command line holds `text`."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if text in command and int(folder.name) != os.getpid():
            found[int(folder.name)] = command
    return found


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until `condition` holds; False if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def owner(module: str, root: Path) -> Iterator[subprocess.Popen[str]]:
    """A separate process that owns servers or processes under `root`, ready when yielded."""
    with subprocess.Popen(
        [sys.executable, "-m", module, str(root)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip()
            yield process
        finally:
            process.kill()
