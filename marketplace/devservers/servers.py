"""The pair of servers of one checkout: started by the first process, shared by the others.

`root/lock` is locked by whoever starts them and by the servers themselves, so it is free exactly
when nothing of an earlier run is alive. Whoever finds it taken attaches through `root/env.servers`.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from marketplace.devservers import postgres, valkey
from marketplace.devservers.errors import ServersError, sentence_for_os_error
from marketplace.devservers.home import choose_identity, servers_home, socket_folder
from marketplace.devservers.place import Place
from marketplace.devservers.process import stop

_ATTACH_SECONDS = 150  # longer than the slowest start
_STOP_SECONDS = 60
_LOG_BYTES = 5_000_000


class Servers:
    """PostgreSQL and Valkey on unix sockets: `with Servers(root) as s: connect(s.database_url)`.

    `ephemeral` servers lose everything at the end and may lose it in a crash: for tests.
    A server that the environment names already is left out by `postgres=False` or `valkey=False`.
    """

    database_url = ""
    redis_url = ""
    broker_url = ""

    def __init__(
        self,
        root: Path,
        *,
        ephemeral: bool = False,
        with_postgres: bool = True,
        with_valkey: bool = True,
    ) -> None:
        """Remember where; nothing starts before the `with` block is entered."""
        self.root = root.resolve()
        self.ephemeral = ephemeral
        self.with_postgres = with_postgres
        self.with_valkey = with_valkey
        self._lock: int | None = None
        self._running: list[tuple[str, subprocess.Popen[bytes], signal.Signals]] = []
        self._home = self.root
        self._sockets: Path | None = None

    @property
    def attached(self) -> bool:
        """True where another process started the servers and will stop them."""
        return not self._running

    @property
    def note(self) -> Path:
        """The file through which other processes find the running servers."""
        return self.root / "env.servers"

    def environment(self) -> dict[str, str]:
        """Return the variables that settings read, for the servers that run here."""
        pairs = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "CELERY_BROKER_URL": self.broker_url,
        }
        return {name: value for name, value in pairs.items() if value}

    def __enter__(self) -> Self:
        """Start the servers, or attach to those that run here already."""
        try:
            self._prepare_root()
            if not self._attach_or_lock():
                self._start()
        except OSError as error:
            self.close()
            raise ServersError(sentence_for_os_error(error, "start the servers")) from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what was started here; servers of another process stay."""
        self.close()

    def close(self) -> None:
        """Stop the servers that this object started and give the lock back."""
        if self._lock is None:
            return
        self.note.unlink(missing_ok=True)
        for name, process, politely in reversed(self._running):
            stop(process, politely=politely, name=name, seconds=_STOP_SECONDS)
        self._running.clear()
        if self._sockets and self.root not in self._sockets.parents:
            shutil.rmtree(self._sockets, ignore_errors=True)
        if self.ephemeral:
            for folder in (self._home, self.root):
                shutil.rmtree(folder, ignore_errors=True)
        os.close(self._lock)
        self._lock = None

    # -- starting ---------------------------------------------------------------------------------
    def _prepare_root(self) -> None:
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711)

    def _attach_or_lock(self) -> bool:
        """Return True once attached, False once the lock is ours; a dying run is waited for."""
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _ATTACH_SECONDS
        while not _locked(lock):
            if self._attach():
                os.close(lock)
                return True
            if time.monotonic() > deadline:
                holder = os.pread(lock, 20, 0).decode() or "unknown"
                os.close(lock)
                raise ServersError(
                    f"Another run (process {holder}) holds {self.root / 'lock'}, but its servers "
                    "do not answer: end that process, then run again."
                )
            time.sleep(0.05)
        self._lock = lock
        self.note.unlink(missing_ok=True)  # left behind by a killed run
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        return False

    def _attach(self) -> bool:
        """Take the addresses of running servers; False while there are none that answer."""
        try:
            lines = self.note.read_text().splitlines()
        except FileNotFoundError:
            return False
        found = dict(line.split("=", 1) for line in lines)
        sockets = Path(found["SOCKETS"])
        if self.with_postgres and not postgres.answers(sockets):
            return False
        if self.with_valkey and not valkey.answers(sockets):
            return False
        self._set_addresses(sockets)
        return True

    def _start(self) -> None:
        """Start each wanted server and tell other processes where they are."""
        home = servers_home(self.root)
        identity = choose_identity(postgres.data_folder(home))
        sockets = socket_folder(home, identity)
        self._home, self._sockets = home, sockets
        logs = self.root / "log"
        logs.mkdir(exist_ok=True)
        for name, server, wanted in (
            ("PostgreSQL", postgres, self.with_postgres),
            ("Valkey", valkey, self.with_valkey),
        ):
            if wanted:
                log = _fresh_log(logs / f"{name.lower()}.log")
                place = Place(home, sockets, log, identity, self._lock or 0, self.ephemeral)
                self._running.append((name, server.start(place), server.STOP))
        self._set_addresses(sockets)
        self._write_note(sockets)

    def _set_addresses(self, sockets: Path) -> None:
        if self.with_postgres:
            self.database_url = postgres.database_url(sockets)
        if self.with_valkey:
            self.redis_url = valkey.redis_url(sockets)
            self.broker_url = valkey.broker_url(sockets)

    def _write_note(self, sockets: Path) -> None:
        """Write the note in one step: a reader finds all of it or none."""
        pairs = {"SOCKETS": str(sockets), **self.environment()}
        unfinished = self.note.with_suffix(".unfinished")
        unfinished.write_text("".join(f"{name}={value}\n" for name, value in pairs.items()))
        unfinished.rename(self.note)


def _locked(lock: int) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fresh_log(path: Path) -> Path:
    """Keep the log of earlier runs until it is large, then keep one old copy."""
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.rename(path.with_suffix(".log.old"))
    return path
