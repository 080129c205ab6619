"""pytest plugin: one throw-away PostgreSQL and Valkey for the whole run, whatever else is running.

Named in pyproject's `addopts`, so that it acts before pytest-django reads the settings. The
processes of `pytest -n` inherit the addresses. `TEST_DATABASE_URL` and `TEST_REDIS_URL` (and
`TEST_BROKER_URL`) name servers to use instead; they must be for tests alone.
"""

import os
from collections.abc import Generator

import pytest

from marketplace.devservers import Servers, ServersError
from marketplace.devservers.throwaway import throw_away_root

_IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_stash = pytest.StashKey[Servers]()


def _given() -> dict[str, str]:
    """The servers that the caller names, under the names that settings read."""
    broker = os.environ.get("TEST_BROKER_URL") or os.environ.get("TEST_REDIS_URL", "")
    pairs = {
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
        "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
        "CELERY_BROKER_URL": broker,
    }
    return {name: url for name, url in pairs.items() if url}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers before anything reads a setting."""
    asks_only = early_config.known_args_namespace.help or early_config.known_args_namespace.version
    if not _IN_WORKER and not asks_only:
        given = _given()
        servers = Servers(
            throw_away_root(),
            ephemeral=True,
            with_postgres="DATABASE_URL" not in given,
            with_valkey="REDIS_URL" not in given,
        )
        try:
            servers.__enter__()
        except ServersError as error:
            raise pytest.UsageError(str(error)) from None
        early_config.stash[_stash] = servers
        early_config.add_cleanup(servers.close)
        files = {"LOCAL_DIR": str(servers.root / "local")}  # uploads, mail: gone with the servers
        os.environ.update(given | servers.environment() | files)
    return (yield)
