"""Rejections that somebody looks at again before they may become final."""

from django.db.models import Exists, OuterRef

from tasks.models import ReviewRequest
from tasks.states import ReviewKind, ReviewRequestState

LOOKS = (ReviewKind.TIE, ReviewKind.AUDIT, ReviewKind.APPEAL)
OPEN = (ReviewRequestState.WAITING, ReviewRequestState.TAKEN)


def looked_at() -> Exists:
    """For a queryset of assignments: a senior, an auditor or the judge of an appeal is still to say
    whether the verdict was right."""
    return Exists(
        ReviewRequest.objects.filter(
            submission__assignment=OuterRef("pk"), kind__in=LOOKS, state__in=OPEN
        )
    )
