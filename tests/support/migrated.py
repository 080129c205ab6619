"""The migrated test database, kept as a dump: a run of the tests need not do a hundred migrations.

The dump's name is a digest of every migration, of what they are written with, and of the server's
version. `migrate` runs all the same and finds nothing left to do. Where a dump cannot be written or
read (no such program, another server's version) there is none, and all migrations run.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
from pathlib import Path

from django.apps import apps
from django.db import connection

from marketplace.devservers import binaries

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".local" / "migrated"
WRITTEN_WITH = ("django", "django-pgtrigger", "django-pghistory")


def restore(database: str) -> None:
    """Fill the empty database from the dump, if there is one."""
    if (file := _file()).exists():
        whole = ("-v", "ON_ERROR_STOP=1", "--single-transaction")
        _run("psql", "--quiet", *whole, "--file", str(file), database=database)


def keep(database: str) -> None:
    """Dump the migrated database, unless that was done already; older dumps go."""
    if (file := _file()).exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.sql"):
        old.unlink(missing_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    if _run("pg_dump", "--no-owner", "--file", str(new), database=database):
        new.replace(file)


def _file() -> Path:
    """Where the dump of these migrations is."""
    digest = hashlib.sha256(str(connection.pg_version).encode())
    for name in WRITTEN_WITH:
        digest.update(importlib.metadata.version(name).encode())
    folders = sorted(Path(app.path) / "migrations" for app in apps.get_app_configs())
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:32]}.sql"


def _program(name: str) -> str | None:
    """Beside the server's own programs, else anywhere on the path."""
    beside = binaries.postgres_folder() / name
    return str(beside) if beside.exists() else shutil.which(name)


def _run(name: str, *words: str, database: str) -> bool:
    """Whether that program was found, and did it."""
    program = _program(name)
    where = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    said = {variable: str(where[key]) for variable, key in names.items() if where.get(key)}
    return program is not None and not subprocess.call(
        [program, *words],
        env=os.environ | said | {"PGDATABASE": database},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
