"""A demo begins with nothing: no table, no message, no mail, a Stripe without a past."""

import os
import shutil
from pathlib import Path

import psycopg
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from marketplace.devservers.errors import ServersError

LOGS = ("log/stripe.log", "log/web.log", "log/worker.log", "log/worker-bulk.log", "log/beat.log")
LEFT_BEHIND = ("stripe.json", "demo/logins.json", *LOGS)
FOLDERS = ("mail", "files")


def begin(local: Path) -> None:
    """Empty everything that an earlier run left, and migrate.

    Only embedded servers that nobody else uses are emptied; a database of one's own (DATABASE_URL)
    must be empty already. Raises ServersError with one sentence.
    """
    owned = os.environ.get("EMBEDDED_SERVERS")
    if owned == "shared":
        raise ServersError(
            "Another command of this checkout is running (make up, or a demo): end it first, "
            "since the demo begins with an empty database."
        )
    if owned == "own":
        _recreate_database()
    elif _has_tables():
        raise ServersError(
            "The demo needs an empty database, and the one in DATABASE_URL has tables: name "
            "another one, or unset it to use the embedded servers."
        )
    for address in {settings.REDIS_URL, broker_address()}:
        redis.Redis.from_url(address).flushall()
    for old in [*(local / name for name in LEFT_BEHIND), *local.glob("beat-schedule*")]:
        old.unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(local / name, ignore_errors=True)
    call_command("migrate", verbosity=0, interactive=False)


def broker_address() -> str:
    """The broker as redis-py names it; Celery writes a socket's address otherwise."""
    return str(settings.CELERY_BROKER_URL).replace("redis+socket://", "unix://")


def _recreate_database() -> None:
    place = connection.get_connection_params()
    name = place["dbname"]
    connection.close()
    where = {key: place[key] for key in ("host", "port", "user", "password") if key in place}
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as server:
        for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
            server.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _has_tables() -> bool:
    return bool(connection.introspection.table_names())
