"""One PostgreSQL: made on first use, started, waited for."""

import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from marketplace.devservers import binaries
from marketplace.devservers.errors import ServersError, log_tail, sentence_for_output
from marketplace.devservers.home import own, reachable_programs
from marketplace.devservers.place import Place
from marketplace.devservers.process import spawn

USER = DATABASE = "marketplace"
PORT = 5432  # no TCP port: part of the socket's name only
STOP = signal.SIGINT  # fast shutdown: sessions end, data are written
_BUILTIN_LOCALE_SINCE = 17
_START_SECONDS = 120  # crash recovery may take long
_OPTIONS = {"listen_addresses": "", "max_connections": "200", "timezone": "UTC"}
_THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",  # a test's data are few: what would be compiled runs quicker as it is
    "dynamic_shared_memory_type": "mmap",  # files in the data folder, gone with it after a kill
}


def data_folder(home: Path) -> Path:
    """Return the folder of the database files."""
    return home / "pg"


def database_url(sockets: Path) -> str:
    """Return the URL that Django reads; the socket's folder stands percent-encoded for a host."""
    return f"postgresql://{USER}@{quote(str(sockets), safe='')}:{PORT}/{DATABASE}"


def start(place: Place) -> subprocess.Popen[bytes]:
    """Start PostgreSQL and return once it answers and the database exists."""
    programs = reachable_programs(binaries.postgres_folder(), place.home, place.identity)
    data = data_folder(place.home)
    _check_version(data, programs)
    if not (data / "PG_VERSION").exists():
        _make_cluster(data, programs, place)
    for file in (data / "postmaster.pid", place.sockets / f".s.PGSQL.{PORT}.lock"):
        _forget_zombie(file)
    options = {**_OPTIONS, "unix_socket_directories": str(place.sockets), "port": str(PORT)}
    if place.ephemeral:
        options |= _THROW_AWAY
    with place.log.open("ab") as log:
        process = spawn(
            [programs / "postgres", "-D", data, *(f"--{k}={v}" for k, v in options.items())],
            log=log,
            at_parents_death=STOP,
            identity=place.identity,
            keep_open=[place.lock],
        )
    try:
        _wait(process, place)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def answers(sockets: Path) -> bool:
    """Say whether a server in that folder takes connections to our database."""
    try:
        psycopg.connect(_address(sockets, DATABASE), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _check_version(data: Path, programs: Path) -> None:
    """Refuse a database that another major version of PostgreSQL made: it cannot be read."""
    version = data / "PG_VERSION"
    if not version.exists():
        return
    made_by, ours = version.read_text().strip(), str(binaries.postgres_major(programs))
    if made_by != ours:
        raise ServersError(
            f"{data} was made by PostgreSQL {made_by}, but the server here is {ours}: move the "
            f"folder away to start empty, or dump it with PostgreSQL {made_by} and restore it."
        )


def _forget_zombie(file: Path) -> None:
    """Remove the pid file of a killed server that nobody has buried yet.

    PostgreSQL takes a zombie for a living server and refuses to start; in a container without an
    init process that lasts for ever. Our lock proves that none of its children is alive.
    """
    if file.exists():
        status = Path("/proc", file.read_text().split()[0], "status")
        if status.exists() and "\nState:\tZ" in status.read_text():
            file.unlink()


def _make_cluster(data: Path, programs: Path, place: Place) -> None:
    """Run initdb; a half-made folder of a killed run holds no PG_VERSION and is made anew."""
    if data.exists():
        for left in sorted(data.rglob("*"), reverse=True):
            left.rmdir() if left.is_dir() and not left.is_symlink() else left.unlink()
    own(data, place.identity)
    provider = ["--locale-provider=builtin"]
    modern = binaries.postgres_major(programs) >= _BUILTIN_LOCALE_SINCE
    command: list[str | Path] = [programs / "initdb", "-D", data, "-U", USER, "--auth=trust"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    command += provider if modern else []
    with (place.log.parent / "initdb.log").open("w+b") as log:
        process = spawn(
            command,
            log=log,
            at_parents_death=signal.SIGKILL,
            identity=place.identity,
            keep_open=[place.lock],
        )
        if process.wait(_START_SECONDS) != 0:
            (data / "PG_VERSION").unlink(missing_ok=True)
            raise ServersError(sentence_for_output("PostgreSQL", log_tail(Path(log.name))))


def _wait(process: subprocess.Popen[bytes], place: Place) -> None:
    """Return when the server answers; make the database where it is missing."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with psycopg.connect(
                _address(place.sockets, "postgres"), autocommit=True
            ) as connection:
                known = connection.execute(
                    "select 1 from pg_database where datname = %s", [DATABASE]
                ).fetchone()
                if known is None:
                    connection.execute(
                        sql.SQL("create database {}").format(sql.Identifier(DATABASE))
                    )
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServersError(sentence_for_output("PostgreSQL", log_tail(place.log))) from None
            time.sleep(0.01)


def _address(sockets: Path, database: str) -> str:
    return f"host={sockets} port={PORT} user={USER} dbname={database}"
