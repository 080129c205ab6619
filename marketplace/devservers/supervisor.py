"""The processes of a run (web, worker, beat, the local Stripe) as one group that ends as one.

Each writes to `log_folder/NAME.log`. None outlives the owner: the kernel signals it at the owner's
death (Linux), and a watchdog ends what is left, with its children.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from marketplace.devservers import ports
from marketplace.devservers.errors import (
    ServersError,
    log_tail,
    sentence_for_os_error,
    sentence_for_output,
)
from marketplace.devservers.process import spawn

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_POLL_SECONDS = 0.05


class ProcessGroup:
    """Start, watch, kill and restart named processes: `with ProcessGroup(logs) as group: ...`.

    Use it from the main thread: the kernel ties a child's life to the thread that started it.
    """

    def __init__(
        self,
        log_folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_seconds: float = 20,
    ) -> None:
        """Remember the settings that all processes share; `env` None is the present one."""
        self.log_folder = log_folder
        self.env = dict(os.environ if env is None else env)
        self.cwd = cwd or Path.cwd()
        self.stop_seconds = stop_seconds
        self._commands: dict[str, list[str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the watchdog; processes are started one by one."""
        try:
            self.log_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServersError(sentence_for_os_error(error, "write logs")) from error
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WATCHDOG), str(self.stop_seconds)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything, the last started first."""
        self.stop_all()
        if self._watchdog and self._watchdog.stdin:
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None

    # -- one process ------------------------------------------------------------------------------
    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Start a process under a name that is free."""
        if self._watchdog is None or name in self._running:
            raise ValueError(f"{name}: the group is not entered, or the process runs already")
        self._commands[name] = [str(word) for word in command]
        try:
            with self.log_path(name).open("ab") as log:
                process = spawn(
                    self._commands[name],
                    log=log,
                    at_parents_death=signal.SIGTERM,
                    cwd=self.cwd,
                    env=self.env,
                )
        except OSError as error:
            raise ServersError(sentence_for_os_error(error, f"start {name}")) from error
        self._running[name] = process
        self._tell_watchdog("+", process.pid)

    def kill(self, name: str) -> None:
        """Kill a process and its children as a crash would (SIGKILL); it can be restarted."""
        process = self._running.pop(name)
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
        self._tell_watchdog("-", process.pid)

    def stop(self, name: str) -> int:
        """Ask a process to end, insist after `stop_seconds`, and return its exit code."""
        process = self._running.pop(name)
        if process.poll() is None:
            process.terminate()
        return self._reap(process)

    def restart(self, name: str) -> None:
        """Start a process again with the command it had; a running one is stopped first."""
        if name in self._running:
            self.stop(name)
        self.start(name, self._commands[name])

    def pid(self, name: str) -> int:
        """Return the process id of a running process."""
        return self._running[name].pid

    def log_path(self, name: str) -> Path:
        """Return where a process writes."""
        return self.log_folder / f"{name}.log"

    def wait_for_port(
        self, name: str, port: int, *, host: str = ports.LOOPBACK, seconds: float = 60
    ) -> None:
        """Return once `name` answers on a port; say why where it ended instead."""
        deadline = time.monotonic() + seconds
        while not ports.listens(port, host=host):
            if self._running[name].poll() is not None:
                raise ServersError(sentence_for_output(name, log_tail(self.log_path(name))))
            if time.monotonic() > deadline:
                raise ServersError(
                    f"{name} does not answer on {host}:{port} after {seconds:.0f} seconds: "
                    f"see {self.log_path(name)}."
                )
            time.sleep(_POLL_SECONDS)

    # -- all of them ------------------------------------------------------------------------------
    def ended(self) -> dict[str, int]:
        """Return the exit codes of processes that ended by themselves."""
        codes = {name: process.poll() for name, process in self._running.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def wait(self) -> dict[str, int]:
        """Return when one process has ended by itself; until then, wait."""
        while not (codes := self.ended()):
            time.sleep(_POLL_SECONDS)
        return codes

    def stop_all(self) -> None:
        """Ask all to end at once, then wait for each, the last started first."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        for name in reversed(list(self._running)):
            self._reap(self._running.pop(name))

    # -- help -------------------------------------------------------------------------------------
    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a process that was asked to end; then clear what its children left."""
        try:
            code = process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            code = process.wait()
        _signal_group(process.pid, signal.SIGKILL)
        self._tell_watchdog("-", process.pid)
        return code

    def _tell_watchdog(self, sign: str, group: int) -> None:
        if self._watchdog and self._watchdog.stdin:
            self._watchdog.stdin.write(f"{sign}{group}\n".encode())
            self._watchdog.stdin.flush()


def _signal_group(group: int, number: signal.Signals) -> None:
    """Signal a process and its children; all may have ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
