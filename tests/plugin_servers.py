"""pytest plugin: throw-away PostgreSQL and Valkey for the whole run, whatever else is running.

Named in pyproject's `addopts`, so that it acts before pytest-django reads the settings.
`TEST_DATABASE_URL` and `TEST_REDIS_URL` (and `TEST_BROKER_URL`) name servers to use instead; they
must be for tests alone.
With `-n` each process of the run has servers and folders of its own, so the processes share nothing
and a test may count connections or empty the cache. `-n auto` is a process for each core, and none
besides pytest's own where that would not help.
A run that is killed, even by kill -9, leaves no process: a reaper ends all that it started.
"""

import argparse
import ctypes
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from marketplace.devservers import Servers, ServersError
from marketplace.devservers.launch import PR_SET_PDEATHSIG
from marketplace.devservers.throwaway import throw_away_root

TOKEN_NAME = "MARKETPLACE_TEST_RUN"
MOST_PROCESSES = 4  # each has a PostgreSQL in memory and races with dozens of threads


def _processes(options: argparse.Namespace) -> int:
    """How many processes `-n auto` is; 0 is pytest's own, on servers that it starts itself.

    One file is not worth the start of several; `-s` and a debugger need the terminal; servers that
    the caller names are one of each.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    alone = (
        len(options.file_or_dir) == 1 and Path(options.file_or_dir[0].partition("::")[0]).is_file(),
        options.capture == "no",
        options.collectonly,
        options.usepdb,
        bool(_given()),
    )
    return 0 if cores == 1 or any(alone) else min(cores, MOST_PROCESSES)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means."""
    return _processes(config.option)


def _only_leads(options: argparse.Namespace) -> bool:
    """Whether the tests run in other processes, which start servers themselves."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return False
    asked = getattr(options, "numprocesses", None)
    return bool(_processes(options) if asked == "auto" else asked)


def _die_with_the_leader() -> None:
    """A process of `-n` ends with pytest's own, even when that is killed in mid-test."""
    if "PYTEST_XDIST_WORKER" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _given() -> dict[str, str]:
    """The servers that the caller names, under the names that settings read."""
    broker = os.environ.get("TEST_BROKER_URL") or os.environ.get("TEST_REDIS_URL", "")
    pairs = {
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
        "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
        "CELERY_BROKER_URL": broker,
    }
    return {name: url for name, url in pairs.items() if url}


def _start_reaper(folder: Path) -> subprocess.Popen[bytes]:
    """Start the reaper outside the run, then mark the run."""
    token = f"{TOKEN_NAME}={secrets.token_hex(16)}"
    reaper = subprocess.Popen(
        [sys.executable, "-I", "-S", Path(__file__).with_name("reaper.py"), token, folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    name, value = token.split("=")
    os.environ[name] = value
    return reaper


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers before anything reads a setting."""
    options = early_config.known_args_namespace
    _die_with_the_leader()
    if not (options.help or options.version or _only_leads(options)):
        given = _given()
        root = throw_away_root()
        reaper = _start_reaper(root)
        servers = Servers(
            root,
            ephemeral=True,
            with_postgres="DATABASE_URL" not in given,
            with_valkey="REDIS_URL" not in given,
        )
        # the last added runs first: servers are stopped, then the reaper looks for what is left
        early_config.add_cleanup(lambda: reaper.communicate() and None)
        try:
            servers.__enter__()
        except ServersError as error:
            raise pytest.UsageError(str(error)) from None
        early_config.add_cleanup(servers.close)
        files = {"LOCAL_DIR": str(root / "local")}  # uploads, mail: gone with the servers
        os.environ.update(given | servers.environment() | files)
    return (yield)
