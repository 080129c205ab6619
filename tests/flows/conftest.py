"""A whole installation for flow tests: its own database, its own processes, its own folder."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from marketplace.devservers import ports
from marketplace.ops import stack
from marketplace.ops.demo.cast import Entrance
from marketplace.ops.drive.stripe_local import StripeControl
from marketplace.ops.stack import Addresses, Stack

ROOT = Path(__file__).parents[2]
BROKER_DATABASE = 3  # of sixteen; the tests' own cache is 0 and is emptied between tests


@dataclass(frozen=True)
class Installation:
    """A stack that is up, and how its operator speaks to it."""

    stack: Stack
    local: Path
    environment: dict[str, str]

    @property
    def entrance(self) -> Entrance:
        """Where people come in."""
        return Entrance(self.stack.web, self.local / "mail")

    @property
    def stripe(self) -> StripeControl:
        """The local Stripe's control API."""
        return StripeControl(self.stack.stripe)

    def manage(self, *words: str, **extra: str) -> str:
        """Run a command of manage.py here; its output."""
        return manage(self.environment | extra, *words)

    def advance(self, span: str, seconds: int) -> None:
        """Both clocks go forward."""
        self.stripe.advance(seconds)
        self.manage("clock", "--advance", span)


def manage(environment: dict[str, str], *words: str) -> str:
    """Run a command of manage.py; its output."""
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Migrated, started, and stopped at the end; the tests of a session share it.

    When they are over the books are proved: `manage.py audit` must find nothing.
    """
    local = tmp_path_factory.mktemp("installation")
    here = f"http://{ports.LOOPBACK}"
    web, stripe = ports.free_port(), ports.free_port()
    at = Addresses(f"{here}:{web}", web, f"{here}:{stripe}", stripe)
    with _database() as url:
        environment = os.environ | _environment(url, local, at)
        manage(environment, "migrate", "--verbosity", "0")
        with stack.running(local, at, environment) as running:
            yield Installation(running, local, environment)
        manage(environment, "audit")


@contextmanager
def _database() -> Iterator[str]:
    """A database of its own on the tests' server; its URL."""
    name = f"flows_{secrets.token_hex(4)}"
    server = os.environ["DATABASE_URL"].rpartition("/")[0]

    def run(statement: str) -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    run("CREATE DATABASE {}")
    yield f"{server}/{name}"
    run("DROP DATABASE {} WITH (FORCE)")


def _environment(database: str, local: Path, at: Addresses) -> dict[str, str]:
    """What the settings read; secrets are made for this run."""
    redis, broker = os.environ["REDIS_URL"], os.environ["CELERY_BROKER_URL"]
    return {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "DATABASE_URL": database,
        "REDIS_URL": f"{redis}?db={BROKER_DATABASE}",
        "CELERY_BROKER_URL": f"{broker}?virtual_host={BROKER_DATABASE}",
        "LOCAL_DIR": str(local),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
        "STRIPE_THIN_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
        "CLOCK_MOVABLE": "1",
        "SERVE_SOURCES": "1",
        **at.environment(),
    }
