"""Runs one program with its tests; started as a process of its own, never imported.

Standard input: {"program", "check", "entry_point", "cpu_seconds", "memory_bytes"}. The exit code
is the outcome (`runner.Outcome`): 0 passed, 10 a wrong value, 11 an exception, 12 out of memory,
13 it reached for the world outside; a death by signal is a limit.

Limits: CPU time by a profiling timer (fractions of a second, where RLIMIT_CPU counts whole ones),
memory by RLIMIT_AS, no file may grow. An audit hook ends the process at the first attempt to open
a socket, start a process or write a file. That stops accidents of a changed program, not an
attacker: the programs come from a package pinned by its hash.
"""

import json
import os
import random
import resource
import signal
import sys
from typing import Any

PASSED, WRONG, RAISED, MEMORY, REFUSED = 0, 10, 11, 12, 13
FORBIDDEN = (
    "ctypes.", "ftplib.", "http.", "os.chmod", "os.chown", "os.exec", "os.fork", "os.kill",
    "os.link", "os.mkdir", "os.posix_spawn", "os.putenv", "os.remove", "os.rename", "os.rmdir",
    "os.spawn", "os.symlink", "os.system", "os.truncate", "pty.", "shutil.", "signal.",
    "smtplib.", "socket.", "subprocess.", "urllib.",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(cpu_seconds: float, memory_bytes: int) -> None:
    """Bound this process: CPU time, memory, file size, core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = int(cpu_seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # SIGPROF, whose default is to end


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook: ends the process at a forbidden event."""
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        if (isinstance(mode, str) and set(mode) & set("wax+")) or (flags or 0) & WRITING:
            os._exit(REFUSED)
    elif event.startswith(FORBIDDEN):
        os._exit(REFUSED)


def run(job: dict[str, Any]) -> int:
    """Define the program, then its tests, then call `check(entry_point)`; the outcome's code."""
    names: dict[str, Any] = {"__name__": "solution"}
    try:
        exec(compile(job["program"], "solution.py", "exec"), names)  # noqa: S102 (own process)
        exec(compile(job["check"], "check.py", "exec"), names)  # noqa: S102
        names["check"](names[job["entry_point"]])
    except AssertionError:
        return WRONG
    except MemoryError:
        return MEMORY
    except BaseException:  # noqa: BLE001 (sys.exit() in a solution is a failure as well)
        return RAISED
    return PASSED


if __name__ == "__main__":
    given = json.load(sys.stdin)
    random.seed(0)  # some tests draw their inputs: let every run draw the same
    limit(given["cpu_seconds"], given["memory_bytes"])
    sys.addaudithook(guard)
    os._exit(run(given))
