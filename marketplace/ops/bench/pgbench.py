"""`pgbench`: statements from several connections, timed by PostgreSQL's own program."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from marketplace.devservers import binaries
from marketplace.devservers.errors import ServersError
from marketplace.ops.bench.arithmetic import percentile

SCRIPTS = Path(__file__).parent / "sql"
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a script: transactions a second without the time to connect, how many there
    were, how many failed, and the 95th percentile of their times in milliseconds.
    """

    per_s: float
    done: int
    failed: int
    p50_ms: float
    p95_ms: float


def run(
    script: str,
    *,
    clients: int,
    values: Mapping[str, Any],
    seconds: int = 0,
    each: int = 0,
) -> Run:
    """Run `sql/<script>.sql` on the connected database for `seconds`, or `each` times by each
    client; `values` are its variables.

    Raises ServersError with what pgbench said when a client was thrown out.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [
            *(str(_program()), "--no-vacuum", "--protocol", "prepared"),
            *("--client", str(clients), "--jobs", str(min(clients, 2))),
            *(("--transactions", str(each)) if each else ("--time", str(seconds))),
            *("--log", "--log-prefix", f"{folder}/log"),
            *("--file", str(SCRIPTS / f"{script}.sql")),
            *(f"--define={name}={value}" for name, value in values.items()),
        ]
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, check=False
        )
        rate = _RATE.search(done.stdout)
        if done.returncode != 0 or rate is None:
            raise ServersError(f"pgbench {script}: {(done.stderr or done.stdout).strip()[-500:]}")
        times = sorted(_times(Path(folder)))
    failed = _FAILED.search(done.stdout)
    return Run(
        per_s=float(rate[1]),
        done=len(times),
        failed=int(failed[1]) if failed else 0,
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
    )


def _times(folder: Path) -> Iterator[float]:
    """Milliseconds of each transaction: the third word of each line is microseconds."""
    for file in folder.iterdir():
        for line in file.read_text().splitlines():
            words = line.split()
            if words[2] not in {"failed", "skipped"}:
                yield int(words[2]) / 1000


def _program() -> Path:
    """Beside the server's programs, else anywhere on the path."""
    beside = binaries.postgres_folder() / "pgbench"
    if beside.exists():
        return beside
    if found := shutil.which("pgbench"):
        return Path(found)
    raise ServersError("No pgbench found: it comes with PostgreSQL's client or server package.")


def _environment() -> dict[str, str]:
    """Where and as whom to connect, as libpq reads it."""
    where = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    said = {variable: str(where[key]) for variable, key in names.items() if where.get(key)}
    options = str(where.get("OPTIONS", {}).get("options", ""))
    return {**os.environ, **said, "PGDATABASE": str(where["NAME"]), "PGOPTIONS": options}
