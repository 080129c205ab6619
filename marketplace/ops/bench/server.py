"""The PostgreSQL that is measured: what it promises, and whether that makes figures comparable."""

from typing import Any

from django.db import connection

from marketplace.devservers.errors import ServersError

_PROMISES = ("fsync", "synchronous_commit", "full_page_writes")


def facts(*, volatile: bool) -> dict[str, Any]:
    """Version and durability settings.

    Refuses a server that may lose what it has confirmed (throw-away ones of the tests do), unless
    `volatile`: its figures are of another kind.
    """
    settings = {name: _show(name) for name in _PROMISES}
    off = [name for name, value in settings.items() if value == "off"]
    if off and not volatile:
        raise ServersError(
            f"This server is not durable ({', '.join(off)} off), so its figures say nothing about "
            "one that is: measure on another, or say --volatile."
        )
    return {**settings, "durable": not off, "version": _show("server_version")}


def sentence(found: dict[str, Any]) -> str:
    """The same for people."""
    kept = "durable" if found["durable"] else "NOT DURABLE"
    return f"PostgreSQL {found['version']}, {kept}: " + ", ".join(
        f"{name} {found[name]}" for name in _PROMISES
    )


def _show(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        (value,) = cursor.fetchone()
    return str(value)
