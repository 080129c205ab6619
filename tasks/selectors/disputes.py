"""Disputed tasks: who may decide them, and the page on which one is decided."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.selectors.reviewers import Reviewer
from marketplace.core.errors import NotFound
from tasks.interface.render import RenderedAnswer, RenderedField, render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.models import (
    Adjudication,
    AdjudicationAssignment,
    Assignment,
    Review,
    ReviewAssignment,
    Submission,
    Task,
)
from tasks.selectors.accepted import all_answers
from tasks.selectors.reviewable import circle_of, projects_open
from tasks.states import ReviewAssignmentState, ReviewKind, ReviewLevel, TaskState

# So many disputes are looked at for a claim, and counted on the desk.
MOST_LOOKED_AT = 200
# Their verdicts are about an answer, and are read beside it.
SHOWN = (ReviewKind.FIRST, ReviewKind.SECOND, ReviewKind.TIE, ReviewKind.AUDIT, ReviewKind.APPEAL)


def waiting() -> QuerySet[Task]:
    """The disputed tasks, oldest first."""
    rows = Task.objects.filter(state=TaskState.DISPUTED).select_related("project")
    return rows.order_by("created_at", "pk")


def shared_with(user: User) -> QuerySet[Task]:
    """As `waiting`; `mine` says of each whether this person had a part in it and may not decide."""
    return waiting().annotate(
        mine=ExpressionWrapper(took_part(OuterRef("pk"), user), BooleanField())
    )


def waiting_count() -> int:
    """How many tasks are disputed."""
    return Task.objects.filter(state=TaskState.DISPUTED).count()


def in_hand(user: User) -> AdjudicationAssignment | None:
    """The one dispute that somebody has claimed and not decided."""
    rows = AdjudicationAssignment.objects.filter(
        adjudicator=user, state=ReviewAssignmentState.CLAIMED
    )
    return rows.select_related("task__project").first()


def took_part(task: uuid.UUID | OuterRef, user: User) -> Q:
    """Whether somebody had the task as an annotator, judged an answer to it or decided it before,
    or belongs to the circle of one who answered; a condition of a query.
    """
    return (
        Q(Exists(Assignment.objects.filter(task=task, annotator__user=user)))
        | Q(Exists(ReviewAssignment.objects.filter(task=task, reviewer=user)))
        | Q(Exists(Adjudication.objects.filter(task=task, decided_by=user)))
        | Q(Exists(circle_of(user).filter(annotator__assignments__task=task)))
    )


def open_to(who: Reviewer, most: int = MOST_LOOKED_AT) -> list[Task]:
    """The first `most` disputes that an adjudicator of the desk may take, oldest first: in their
    domains, of clients whose rules let them in, nobody else's in hand, and never with a part of
    their own. Two statements and one for each project with a dispute.
    """
    if who.annotator_id is None:
        return []
    inside = Q(pk__in=[])
    for domain, level in who.levels.items():
        if level >= ReviewLevel.ADJUDICATOR:
            inside |= Q(project__domain=domain) | Q(project__domain__path__startswith=f"{domain}.")
    rows = waiting().filter(inside)
    rows = rows.exclude(adjudication_assignments__state=ReviewAssignmentState.CLAIMED)
    projects = rows.order_by().values_list("project_id", flat=True).distinct()
    allowed = [pk for pk in projects if projects_open(who.annotator_id, pk)]
    mine = rows.filter(~took_part(OuterRef("pk"), who.user), project__in=allowed)
    return list(mine[:most])


@dataclass(frozen=True, slots=True)
class DisputedAnswer:
    """One answer with the verdicts on it; nobody is named. `state` is its assignment's."""

    submission: Submission
    state: str
    answer: Sequence[RenderedAnswer]
    reviews: Sequence[Review]


@dataclass(frozen=True, slots=True)
class DisputePage:
    """A task with all its answers, also those rejected or still to be judged, and their reviews
    side by side, and what was decided before, if a result was found wrong.
    """

    task: Task
    interface: Interface
    payload: Mapping[str, Any]
    fields: Sequence[RenderedField]
    answers: Sequence[DisputedAnswer]
    before: Sequence[RenderedAnswer]


def page(task_id: uuid.UUID) -> DisputePage:
    """The page of one task; refuses `not_found`."""
    task = Task.objects.select_related("project", "result").filter(pk=task_id).first()
    if task is None:
        raise NotFound("task")
    interface = Interface.load(task.project.interface)
    answers = all_answers(task)
    verdicts = Review.objects.filter(
        submission__assignment__in=[row.assignment_id for row in answers], kind__in=SHOWN
    )
    verdicts = verdicts.select_related("submission").order_by("decided_at")
    by_answer: dict[uuid.UUID, list[Review]] = {}
    for one in verdicts:
        if one.submission is not None:
            by_answer.setdefault(one.submission.assignment_id, []).append(one)
    result = getattr(task, "result", None)
    return DisputePage(
        task=task,
        interface=interface,
        payload=task.payload,
        fields=render_fields(interface, task.payload),
        answers=[
            DisputedAnswer(
                submission=row,
                state=row.assignment.state,
                answer=render_answer(interface, row.answer, task.payload),
                reviews=by_answer.get(row.assignment_id, []),
            )
            for row in answers
        ],
        before=render_answer(interface, result.answer, task.payload) if result else [],
    )
