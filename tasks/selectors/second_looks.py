"""Rejections that somebody looks at again before they may become final."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace.core.clock import after
from tasks.models import Appeal, LotItem, Review, ReviewRequest, Submission
from tasks.states import (
    AppealState,
    AssignmentState,
    ReviewKind,
    ReviewRequestState,
    Verdict,
)

LOOKS = (ReviewKind.TIE, ReviewKind.AUDIT, ReviewKind.APPEAL)
# Without these an answer stands as well: they measure reviewers, or look at a rejection again.
MEASURING = (ReviewKind.TIE, ReviewKind.AUDIT)
STALE = dt.timedelta(days=7)
OPEN = (ReviewRequestState.WAITING, ReviewRequestState.TAKEN)


def looked_at() -> Exists:
    """For a queryset of assignments: a senior, an auditor or the judge of an appeal is still to say
    whether the verdict on the last version was right."""
    return Exists(
        ReviewRequest.objects.filter(
            ~_corrected(), submission__assignment=OuterRef("pk"), kind__in=LOOKS, state__in=OPEN
        )
    )


def _corrected() -> Exists:
    """For a queryset of requests: the annotator has handed in a newer version since."""
    return Exists(
        Submission.objects.filter(
            assignment=OuterRef("submission__assignment"),
            version__gt=OuterRef("submission__version"),
            edited_by=None,
        )
    )


def overdue_count() -> int:
    """How many ties and audits wait, in nobody's hands, past their date."""
    rows = ReviewRequest.objects.filter(kind__in=MEASURING, state=ReviewRequestState.WAITING)
    return rows.filter(due_at__lte=after(dt.timedelta(0))).count()


def stale() -> QuerySet[ReviewRequest]:
    """Second readings that have waited for 7 days, ties and audits 7 days past their date."""
    long_ago = after(-STALE)
    return ReviewRequest.objects.filter(
        Q(kind=ReviewKind.SECOND, created_at__lte=long_ago)
        | Q(kind__in=MEASURING, due_at__lte=long_ago),
        state=ReviewRequestState.WAITING,
    )


def moot() -> QuerySet[ReviewRequest]:
    """What has been decided in another way: an appeal that lapsed, an audit or a tie about a
    rejection that is taken back, an inspection for a delivery that was given up, a first reading
    of what was accepted by itself, a second reading (or a tie about it) of what has been corrected
    since, or of what needs no first reading."""
    undecided = Appeal.objects.filter(request=OuterRef("pk"), state=AppealState.OPEN)
    rejected = Review.objects.filter(
        submission=OuterRef("submission"), kind=ReviewKind.FIRST, verdict=Verdict.REJECT
    )
    first = ReviewRequest.objects.filter(
        submission=OuterRef("submission"), kind=ReviewKind.FIRST
    ).exclude(state=ReviewRequestState.WITHDRAWN)
    wanted = LotItem.objects.filter(request=OuterRef("pk"), live=True, defect=None)
    return ReviewRequest.objects.filter(
        Q(kind=ReviewKind.APPEAL) & ~Exists(undecided)
        | Q(kind__in=MEASURING)
        & Exists(rejected)
        & ~Q(submission__assignment__state=AssignmentState.REJECTED)
        | Q(kind__in=(ReviewKind.SECOND, ReviewKind.TIE)) & _corrected()
        | Q(kind=ReviewKind.SECOND) & ~Exists(first)
        | Q(kind=ReviewKind.FIRST) & ~Q(submission__assignment__state=AssignmentState.SUBMITTED)
        | Q(kind=ReviewKind.WARRANTY) & ~Exists(wanted)
    )
