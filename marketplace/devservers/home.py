"""The folder the servers live in, and the user who owns it.

PostgreSQL refuses to run as root. Started by root (a container, CI) both servers run as the owner
of an existing database, else as `postgres` or `nobody`; no user is made and no folder of the person
is opened. What that user cannot reach (a checkout in a 0700 home) is put beside the system's
temporary files instead.
"""

import hashlib
import os
import pwd
import re
import shutil
import stat
import tempfile
from pathlib import Path

from marketplace.devservers.errors import ServersError
from marketplace.devservers.process import Identity

# A socket's path holds at most 104 bytes on macOS and 108 on Linux; PostgreSQL adds 14 and a dot.
_SOCKET_FOLDER_BYTES = 85
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


def choose_identity(database: Path) -> Identity | None:
    """Say who must run the servers: None is the current user."""
    owner = database.stat() if database.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise ServersError(
                f"{database} belongs to the user {_name(owner.st_uid)}: run as that user, "
                f"or remove {database.parent} to start with an empty database."
            )
        return None
    if owner and owner.st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    raise ServersError(
        "PostgreSQL does not run as root and there is neither a 'postgres' nor a 'nobody' user: "
        "run as an ordinary user, or set DATABASE_URL."
    )


def reachable(path: Path) -> bool:
    """Say whether a user without rights can walk down to `path`; a 0700 home stops that."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents] if folder.is_dir()
    )


def servers_home(root: Path) -> Path:
    """Return the folder for data and sockets: `root`, or one that an ordinary user can reach."""
    if os.geteuid() != 0 or reachable(root):
        return root
    base = Path("/var/tmp")  # noqa: S108 - it survives a restart; the folder below is checked
    base = base if os.access(base, os.W_OK) else Path(tempfile.gettempdir())
    return private_folder(base / f"marketplace-{tag(root)}", mode=0o711)


def socket_folder(home: Path, identity: Identity | None) -> Path:
    """Return a folder, open to the servers' user alone, whose path is short and plain enough."""
    here = home / "run"
    if len(os.fsencode(here)) <= _SOCKET_FOLDER_BYTES and _PLAIN_PATH.fullmatch(str(here)):
        return own(here, identity)
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > _SOCKET_FOLDER_BYTES // 2 or not _PLAIN_PATH.fullmatch(str(base)):
        base = Path("/tmp")  # noqa: S108 - the folder below is checked
    return own(private_folder(base / f"marketplace-{tag(home)}-run", mode=0o700), identity)


def private_folder(path: Path, *, mode: int) -> Path:
    """Make `path` in a folder that everybody may write to, or refuse one that another user made."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        found = path.lstat()
        ours = found.st_uid == os.geteuid() or os.geteuid() == 0
        if not stat.S_ISDIR(found.st_mode) or not ours:
            raise ServersError(
                f"{path} belongs to somebody else: remove it, or set TMPDIR to a folder of yours."
            ) from None
    path.chmod(mode)
    return path


def own(folder: Path, identity: Identity | None) -> Path:
    """Make `folder` private to the servers' user."""
    folder.mkdir(parents=True, exist_ok=True)
    if identity:
        os.chown(folder, identity.user, identity.group)
    folder.chmod(0o700)
    return folder


def reachable_programs(folder: Path, home: Path, identity: Identity | None) -> Path:
    """Return `folder` (.../bin), or a copy of its whole tree where `identity` cannot reach it."""
    if identity is None or reachable(folder):
        return folder
    tree = folder.parent
    copy = home / f"programs-{tag(tree)}"
    if not copy.exists():
        unfinished = home / f"{copy.name}.{os.getpid()}"
        shutil.copytree(tree, unfinished, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                runs = path.is_dir() or path.parent.name == folder.name
                path.chmod(0o755 if runs else 0o644)
        unfinished.rename(copy)
    return copy / folder.name


def tag(path: Path) -> str:
    """Return ten letters that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
