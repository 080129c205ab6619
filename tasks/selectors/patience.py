"""How long an answer waits for its verdict before it is accepted by itself."""

import datetime as dt

from django.db.models import Sum

from tasks.models import Assignment
from tasks.models.assignment import MOST_WAIT


def patience(row: Assignment) -> dt.timedelta:
    """How long the answer that is handed in now waits for its verdict: the project's hours, or what
    its earlier versions have left of 14 days. The caller holds the assignment.
    """
    hours = dt.timedelta(hours=row.project.review_hours)
    if not row.returns:
        return hours
    # A correction that ran out and was claimed again is another assignment of the same answer.
    claims = Assignment.objects.filter(task=row.task_id, annotator=row.annotator_id)
    waited = claims.aggregate(seconds=Sum("waited_seconds"))["seconds"]
    return max(min(hours, MOST_WAIT - dt.timedelta(seconds=waited)), dt.timedelta(0))
