"""One try of a row that is the outbox of its own call to Stripe: a payout, a refund, a reversal.

The try is committed before the call. `last_sent_at` is the fence: what one worker learnt is written
only while the row is still that worker's. Each function is one transaction; what the answers mean
is decided in `errands.py`.
"""

import datetime as dt
from typing import Any, TypeVar

from django.db import models, transaction

from marketplace.core import clock
from marketplace.core.states import Moves, move
from payments.models import Payout, RefundPart, Reversal

Row = TypeVar("Row", Payout, RefundPart, Reversal)
READY, SENDING, UNKNOWN = "ready", "sending", "unknown"
LEASE = dt.timedelta(seconds=90)  # longer than the calls of one try can last
LOOKS = 2
LOOKS_APART = dt.timedelta(minutes=15)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(hours=1)
REASON = 600  # letters of what Stripe said that are kept


@transaction.atomic
def take(due: models.QuerySet[Row], *, moves: Moves) -> Row | None:
    """Claim the due row for one try; None: it is not due, or taken.

    A row that was `sending` had a worker that died: its call may have worked, so it is `ambiguous`.
    """
    row = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    if row is None:
        return None
    now = clock.now()
    move(
        row,
        SENDING,
        moves,
        ambiguous=row.ambiguous or row.state == SENDING,
        first_sent_at=row.first_sent_at or now,
        last_sent_at=now,
        next_try_at=now + LEASE,
    )
    return row


def still(taken: Row) -> Row | None:
    """The row, locked and read again, if it is still in the hands of the worker that took it."""
    rows = type(taken)._default_manager.select_for_update(no_key=True)
    return rows.filter(pk=taken.pk, state=SENDING, last_sent_at=taken.last_sent_at).first()


@transaction.atomic
def put_back(
    taken: Row, to: str, *, moves: Moves, wait: dt.timedelta, reason: str, **columns: Any
) -> None:
    """Try again after `wait`; `columns` say what was learnt."""
    row = still(taken)
    if row is not None:
        again = clock.now() + wait
        move(row, to, moves, next_try_at=again, last_error=reason[:REASON], **columns)


def later(taken: Row, reason: str, *, moves: Moves, ambiguous: bool) -> None:
    """Again under the same key, after as long as it has taken so far (30 s to 1 h)."""
    begun = taken.first_sent_at or taken.created_at
    wait = min(max(clock.now() - begun, FIRST_WAIT), LONGEST_WAIT)
    put_back(taken, UNKNOWN, moves=moves, wait=wait, reason=reason, ambiguous=ambiguous)


def later_anew(taken: Row, reason: str, *, moves: Moves, wait: dt.timedelta) -> None:
    """Again under a new key: nothing was ever done under the old one, which repeats its refusal."""
    put_back(
        taken,
        READY,
        moves=moves,
        wait=wait,
        reason=reason,
        attempt=taken.attempt + 1,
        ambiguous=False,
        empty_looks=0,
        last_look_at=None,
        first_sent_at=None,
    )


@transaction.atomic
def looked_in_vain(taken: Row, *, moves: Moves) -> bool:
    """Stripe knows nothing of this row. Whether `taken` may go on, under a new key: after enough
    such looks. A look counts only if it is 15 minutes from the last; until then the row waits.
    """
    row = still(taken)
    if row is None:
        return False
    now = clock.now()
    if row.empty_looks == 0 or row.last_look_at is None or now - row.last_look_at >= LOOKS_APART:
        row.empty_looks, row.last_look_at = row.empty_looks + 1, now
    if row.empty_looks < LOOKS:
        move(
            row,
            UNKNOWN,
            moves,
            ambiguous=True,
            empty_looks=row.empty_looks,
            last_look_at=row.last_look_at,
            next_try_at=row.last_look_at + LOOKS_APART,
        )
        return False
    learnt: dict[str, Any] = {
        "attempt": row.attempt + 1, "ambiguous": False, "empty_looks": 0, "last_look_at": None,
        "first_sent_at": now, "last_sent_at": now, "next_try_at": now + LEASE,
    }  # fmt: skip
    move(row, SENDING, moves, **learnt)
    for name, value in learnt.items():  # the fence moved: the worker goes on as its owner
        setattr(taken, name, value)
    return True
