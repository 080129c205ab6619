"""Fixtures for every test."""

import gc
import io
from collections.abc import Generator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.commands import flush as flushing
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations

from tests.support import migrated

# Rows that migrations put there and that no test changes.
KEPT = {"accounts_domain", "django_content_type", "auth_permission"}


# A table larger than this is truncated, with all others; else rows are deleted.
BULKY = 1024 * 1024
SIZES = """
SELECT relname, pg_relation_size(oid) FROM pg_class
 WHERE relname = ANY(%s::text[]) AND relkind = 'r' AND pg_relation_size(oid) > 0
"""


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: the collector of garbage need not go through it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_guards() -> Generator[None]:
    """The ledger refuses TRUNCATE; between tests that commit, the flush goes past its triggers.

    Only the tests' superuser can do that (`session_replication_role`). What migrations wrote stays,
    so nothing is written anew. A few rows are deleted from the tables that ever had some, in a
    twentieth of the time that new files for all tables and indexes would take.
    """
    flush, truncate = DatabaseOperations.execute_sql_flush, DatabaseOperations.sql_flush

    def past_guards(self: DatabaseOperations, statements: list[str]) -> None:
        flush(
            self,
            [
                "SET session_replication_role = replica;",
                *statements,
                "RESET session_replication_role;",
            ],
        )

    def without_kept(self: DatabaseOperations, style: Any, names: list[str], **options: Any) -> Any:
        names = [name for name in names if name not in KEPT]
        with connection.cursor() as cursor:
            cursor.execute(SIZES, [names])
            sizes = dict(cursor.fetchall())
        if max(sizes.values(), default=0) > BULKY:
            return truncate(self, style, names, **options)
        return ["; ".join(f'DELETE FROM "{name}"' for name in sizes) or "SELECT 1"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", past_guards)
        patch.setattr(DatabaseOperations, "sql_flush", without_kept)
        patch.setattr(flushing, "emit_post_migrate_signal", lambda *args, **more: None)
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> Generator[None]:
    """Rate limits of one test do not reach the next."""
    yield
    if connection.settings_dict["NAME"].startswith("test_"):
        cache.clear()


@pytest.fixture
def audited() -> Generator[None]:
    """A flow of many steps: at its end `manage.py audit` must find nothing (it would exit with 1)."""
    yield
    call_command("audit", stdout=io.StringIO())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Generator[None]:
    """A new test database is filled from the dump of an earlier run with the same migrations."""
    create = DatabaseCreation._create_test_db

    def filled(
        self: DatabaseCreation, verbosity: int, autoclobber: bool, keepdb: bool = False
    ) -> str:
        name = create(self, verbosity, autoclobber, keepdb)
        migrated.restore(name)
        return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseCreation, "_create_test_db", filled)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The migrated database is dumped for the next run."""
    with django_db_blocker.unblock():
        migrated.keep(connection.settings_dict["NAME"])
        connection.close()
