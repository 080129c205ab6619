"""What went wrong on this machine, in one sentence a newcomer can act on."""

import errno
from pathlib import Path

FULL_DISK = "No space left on device"
_LOG_TAIL_BYTES = 4000
_LOG_TAIL_LINES = 12


class ServersError(Exception):
    """The servers or processes cannot run here; the text says why and what to do about it."""


def sentence_for_os_error(error: OSError, what: str) -> str:
    """Say what an OSError met while doing `what` means for the person who typed `make`."""
    place = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full{place}: free some space, then run the command again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"Cannot {what}{place}: this user may not write there."
    return f"Cannot {what}{place}: {error.strerror}."


def sentence_for_output(server: str, output: str) -> str:
    """Say why `server` ended, from what it printed: a known cause in words, else its last lines."""
    if FULL_DISK in output:
        return (
            f"{server} could not start because the disk is full: free some space, then run again."
        )
    tail = "\n".join(output.strip().splitlines()[-_LOG_TAIL_LINES:]) or "(it printed nothing)"
    return f"{server} did not start. It said last:\n{tail}"


def log_tail(path: Path) -> str:
    """Return the last 4 kB of a log file, or nothing where there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL_BYTES))
        return log.read().decode(errors="replace")
