"""One try of a row that is the outbox of its own call to Stripe: a payout, a refund, a reversal.

The try is committed before the call. Such a row has a state with `sending` in it, `ambiguous`,
`first_sent_at`, `last_sent_at` and `next_try_at`; `last_sent_at` is the fence: what one worker
learnt is written only while the row is still that worker's.
"""

import datetime as dt
from typing import Any, TypeVar

from django.db import models, transaction

from marketplace.core import clock
from marketplace.core.states import Moves, move

Row = TypeVar("Row", bound=models.Model)
SENDING = "sending"


@transaction.atomic
def take(due: models.QuerySet[Row], *, moves: Moves, lease: dt.timedelta) -> Row | None:
    """Claim the due row for one try; None: it is not due, or taken.

    A row that was `sending` had a worker that died: its call may have worked, so it is `ambiguous`.
    """
    row: Any = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
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
        next_try_at=now + lease,
    )
    found: Row = row
    return found


def still(row: Row) -> Row | None:
    """The row, locked and read again, if it is still in the hands of the worker that took it."""
    taken: Any = row
    rows = type(row)._default_manager.select_for_update(no_key=True)
    return rows.filter(pk=taken.pk, state=SENDING, last_sent_at=taken.last_sent_at).first()
