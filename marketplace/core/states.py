"""A state moves only by an app's table of allowed moves, on a locked row that was read again."""

from collections.abc import Mapping
from typing import TypeVar

from django.db import connection, models

from marketplace.core.errors import Refused

Row = TypeVar("Row", bound=models.Model)
Moves = Mapping[str, frozenset[str]]


def lock(row: Row) -> Row:
    """Read the row again under `FOR NO KEY UPDATE`; refuses outside a transaction (Django does)."""
    manager = type(row)._default_manager
    return manager.select_for_update(no_key=True).get(pk=row.pk)


def move(row: models.Model, to: str, moves: Moves, *, save: bool = True, **columns: object) -> None:
    """Set `row.state` to `to` with further columns, if the table allows it.

    The caller holds the row's lock (see `lock`). Refuses `wrong_state` otherwise.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A state moves inside a transaction, on a locked row.")
    was: str = row.state  # type: ignore[attr-defined]
    if to not in moves.get(was, frozenset()):
        kind = row._meta.verbose_name
        raise Refused("wrong_state", f"A {kind} that is {was} cannot become {to}.")
    row.state = to  # type: ignore[attr-defined]
    for name, value in columns.items():
        setattr(row, name, value)
    if save:
        row.save(update_fields=["state", *columns])
