"""Folders for servers that live as long as one test run; in memory where there is room."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "marketplace-test-"
_ROOM_BYTES = 1_000_000_000  # a database with the test data and its write-ahead log
_YOUNG_SECONDS = 60  # a folder this new may not be locked yet


def throw_away_root() -> Path:
    """Return a new folder, and remove those that killed runs left behind."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a new folder there
    base = memory if _has_room(memory) else Path(tempfile.gettempdir())
    for old in base.glob(f"{_PREFIX}*"):
        if _abandoned(old):
            shutil.rmtree(old, ignore_errors=True)
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    root.chmod(0o711)  # started by root, the servers run as somebody else
    return root


def _has_room(folder: Path) -> bool:
    usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return usable and shutil.disk_usage(folder).free > _ROOM_BYTES


def _abandoned(folder: Path) -> bool:
    """Say whether a folder is ours and no server lives in it any more."""
    try:
        facts = folder.lstat()
        if facts.st_uid != os.geteuid() or time.time() - facts.st_mtime < _YOUNG_SECONDS:
            return False
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
