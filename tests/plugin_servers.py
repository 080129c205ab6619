"""pytest plugin: one throw-away PostgreSQL and Valkey for the whole run, whatever else is running.

Named in pyproject's `addopts`, so that it acts before pytest-django reads the settings. The
processes of `pytest -n` inherit the addresses. `TEST_DATABASE_URL` and `TEST_REDIS_URL` (and
`TEST_BROKER_URL`) name servers to use instead; they must be for tests alone.
A run that is killed, even by kill -9, leaves no process: a reaper ends all that it started.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from marketplace.devservers import Servers, ServersError
from marketplace.devservers.throwaway import throw_away_root

TOKEN_NAME = "MARKETPLACE_TEST_RUN"


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
    asks_only = early_config.known_args_namespace.help or early_config.known_args_namespace.version
    if "PYTEST_XDIST_WORKER" not in os.environ and not asks_only:
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
