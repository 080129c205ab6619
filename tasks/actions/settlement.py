"""Rejections become final when their appeal window closes; only then does their money move."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.expressions import Now
from payments.actions import reserve
from tasks.actions.locking import lock_assignment
from tasks.models import Assignment
from tasks.selectors.second_looks import looked_at
from tasks.states import AssignmentState

BATCH = 500


def settle_rejections(*, by: Actor) -> int:
    """Return the reserved money of up to 500 rejections older than APPEAL_DAYS to their projects;
    none that somebody still looks at again.

    One transaction each; returns how many were settled.
    """
    closed = after(-dt.timedelta(days=settings.APPEAL_DAYS))
    rows = Assignment.objects.filter(
        ~looked_at(),
        state=AssignmentState.REJECTED,
        final_at__isnull=True,
        decided_at__lte=closed,
    )
    ids = list(rows.order_by("decided_at").values_list("pk", flat=True)[:BATCH])
    return sum(_settle(assignment_id, by) for assignment_id in ids)


@transaction.atomic
def _settle(assignment_id: uuid.UUID, by: Actor) -> bool:
    row = lock_assignment(assignment_id, skip_locked=True)
    if row is None or row.state != AssignmentState.REJECTED or row.final_at is not None:
        return False
    row.final_at = Now()
    row.save(update_fields=["final_at"])
    audit.record("rejection_final", row, by=by)
    reserve.release(holder=row.holder, by=by)
    return True
