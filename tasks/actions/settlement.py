"""Rejections become final when nobody can overturn them any more; only then does their money move,
and only then do they count for the annotator's skill.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.expressions import Now
from payments.actions import reserve
from tasks.actions import teaching
from tasks.actions.locking import lock_assignment
from tasks.models import Appeal, Assignment, Review
from tasks.selectors.second_looks import looked_at
from tasks.states import AppealState, AssignmentState, ReviewKind, Verdict

BATCH = 500


def settle_rejections(*, by: Actor) -> int:
    """Make up to 500 rejections final: their reserved money goes back to their projects.

    Those older than APPEAL_DAYS, and those whose appeal was lost; but none with an open appeal, or
    that somebody is still to look at again. One transaction each; returns how many were settled.
    """
    ids = list(_settled().order_by("decided_at").values_list("pk", flat=True)[:BATCH])
    return sum(_settle(assignment_id, by) for assignment_id in ids)


def _settled() -> QuerySet[Assignment]:
    """The rejections that nothing can overturn any more."""
    closed = after(-dt.timedelta(days=settings.APPEAL_DAYS))
    appeals = Appeal.objects.filter(assignment=OuterRef("pk"))
    lost = Exists(appeals.filter(state=AppealState.LOST))
    return Assignment.objects.filter(
        Q(decided_at__lte=closed) | Q(lost),
        ~Exists(appeals.filter(state=AppealState.OPEN)),
        ~looked_at(),
        state=AssignmentState.REJECTED,
        final_at__isnull=True,
    )


@transaction.atomic
def _settle(assignment_id: uuid.UUID, by: Actor) -> bool:
    row = lock_assignment(assignment_id, skip_locked=True)
    if row is None or not _settled().filter(pk=assignment_id).exists():
        return False
    row.final_at = Now()
    row.save(update_fields=["final_at"])
    audit.record("rejection_final", row, by=by)
    rejections = Review.objects.filter(
        submission__assignment=row, verdict=Verdict.REJECT, kind=ReviewKind.FIRST
    )
    review = rejections.order_by("decided_at").last()
    if review is not None:
        teaching.of_review(review, by=by)
    reserve.release(holder=row.holder, by=by)
    return True
