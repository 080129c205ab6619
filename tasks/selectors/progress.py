"""How far a project is: counts and money."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from payments.selectors import balances
from tasks.models import Assignment, Gold, Matching, Project, Submission, Task
from tasks.selectors import confidence
from tasks.selectors.confidence import QuestionConfidence
from tasks.states import AssignmentState, GoldState, TaskState


@dataclass(frozen=True, slots=True)
class Progress:
    """Tasks by state, submissions (every version), assignments by outcome; money in minor units.

    Gold is no work to be delivered: it is counted by itself (`tasks_gold`, those not retired), its
    answers not at all; what it costs is in the money.

    `questions` say how far confidences can be trusted. `slowed_since` and `slowed_why`: nothing is
    handed out for the moment. `agreement` is left empty here: whoever shows it adds it.
    """

    tasks_total: int
    tasks_open: int
    tasks_filled: int
    tasks_disputed: int
    tasks_attention: int
    tasks_concluded: int
    tasks_cancelled: int
    tasks_gold: int
    submissions: int
    accepted: int
    timed_out: int
    rejected: int
    expired: int
    currency: str
    funds_minor: int
    reserved_minor: int
    spent_minor: int
    questions: Sequence[QuestionConfidence]
    slowed_since: dt.datetime | None = None
    slowed_why: str = ""
    agreement: Sequence[Mapping[str, Any]] = ()


def project(project_id: uuid.UUID) -> Progress:
    """The counts of one project as they are now, in seven statements."""
    row = Project.objects.only("currency").get(pk=project_id)
    work = Task.objects.filter(project_id=project_id, known__isnull=True)
    tasks = work.aggregate(
        total=Count("pk"), **{str(s): Count("pk", filter=Q(state=s)) for s in TaskState}
    )
    ends = (AssignmentState.ACCEPTED, AssignmentState.REJECTED, AssignmentState.EXPIRED)
    claims = Assignment.objects.filter(project_id=project_id, task__known__isnull=True)
    assignments = claims.aggregate(
        timed_out=Count("pk", filter=Q(timed_out=True)),
        **{str(s): Count("pk", filter=Q(state=s)) for s in ends},
    )
    submissions = Submission.objects.filter(task__project_id=project_id, task__known__isnull=True)
    gold = Gold.objects.filter(project_id=project_id).exclude(state=GoldState.RETIRED)
    slowed = Matching.objects.filter(project_id=project_id, slowed_at__isnull=False).first()
    pot = balances.pot(row.pot, row.currency)
    return Progress(
        tasks_total=tasks["total"],
        tasks_open=tasks["open"],
        tasks_filled=tasks["filled"],
        tasks_disputed=tasks["disputed"],
        tasks_attention=tasks["attention"],
        tasks_concluded=tasks["concluded"],
        tasks_cancelled=tasks["cancelled"],
        tasks_gold=gold.count(),
        submissions=submissions.count(),
        accepted=assignments["accepted"],
        timed_out=assignments["timed_out"],
        rejected=assignments["rejected"],
        expired=assignments["expired"],
        currency=row.currency,
        funds_minor=pot.funds_minor,
        reserved_minor=pot.reserved_minor,
        spent_minor=pot.spent_minor,
        questions=confidence.of_project(project_id),
        slowed_since=slowed.slowed_at if slowed else None,
        slowed_why=slowed.slowed_why if slowed else "",
    )
