"""Sweeps: many rows whose time has come, in batches, each a short transaction of its own."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from django.db import connection

from marketplace.core.actors import Actor

log = structlog.get_logger(__name__)

# A run leaves the rest to the next one, well before a job's time limit.
BUDGET_SECONDS = 20.0

Ids = Sequence[uuid.UUID]
End = Callable[[Ids, Actor], int]


def sweep(
    statement: str,
    end: End,
    *,
    by: Actor,
    size: int,
    seconds: float = BUDGET_SECONDS,
    values: Sequence[Any] = (),
) -> int:
    """Batch after batch until none is left or the time is up; returns how many `end` has ended.

    The `statement` selects a moment and an id, in this order, after those that are its last two
    parameters but one; the last is the `size` of a batch, and `values` come first. A row that
    cannot be ended is logged and keeps no other from its end.
    """
    until = time.monotonic() + seconds
    done = 0
    for ids in _batches(statement, values, size):
        done += _each(ids, end, by)
        if time.monotonic() >= until:
            break
    return done


def _batches(statement: str, values: Sequence[Any], size: int) -> Iterator[Ids]:
    """What is over, each row once a run, so that rows which stay as they are do not come again."""
    last: tuple[Any, Any] = ("-infinity", uuid.UUID(int=0))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [*values, *last, size])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1]
        yield [row_id for _, row_id in rows]
        if len(rows) < size:
            return


def _each(ids: Ids, end: End, by: Actor) -> int:
    """End them together; where that fails, each half by itself, until the one at fault is alone."""
    try:
        return end(ids, by)
    except Exception as error:
        if not connection.is_usable():
            raise
        if len(ids) == 1:
            log.exception("claim_not_ended", claim=str(ids[0]), error=str(error))
            return 0
    half = len(ids) // 2
    return _each(ids[:half], end, by) + _each(ids[half:], end, by)
