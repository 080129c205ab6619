"""Appeals: which are open, what can still be appealed, and until when."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from marketplace.core import clock
from marketplace.core.clock import Now
from tasks.models import Appeal, Assignment, SkillEvent
from tasks.states import AppealState, AssignmentState, SkillEventKind

# Behind these lies an answer that somebody else can judge again.
APPEALABLE = (
    SkillEventKind.GOLD,
    SkillEventKind.REVIEW,
    SkillEventKind.ADJUDICATION,
    SkillEventKind.RESULT,
)


def window() -> dt.timedelta:
    """How long after the verdict an appeal is possible."""
    return dt.timedelta(days=settings.APPEAL_DAYS)


def overdue() -> QuerySet[Appeal]:
    """Open ones whose time for a decision is over, the oldest first."""
    return Appeal.objects.filter(state=AppealState.OPEN, due_at__lte=Now()).order_by("due_at")


def of_annotator(annotator_id: uuid.UUID) -> QuerySet[Appeal]:
    """An annotator's appeals, the newest first."""
    rows = Appeal.objects.filter(annotator_id=annotator_id)
    return rows.select_related(
        "request__project", "request__submission", "assignment", "skill_event__domain"
    ).order_by("-opened_at", "-pk")


def lowered(event: SkillEvent) -> bool:
    """Whether an event made the estimate smaller, and an answer lies behind it."""
    before = event.alpha_before / (event.alpha_before + event.beta_before)
    after = event.alpha_after / (event.alpha_after + event.beta_after)
    return after < before and event.kind in APPEALABLE and event.submission_id is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an annotator can do about something: appeal until `until`, or see the `appeal` there
    is; neither when it is too late.
    """

    until: dt.datetime | None = None
    appeal: Appeal | None = None


def of_assignment(row: Assignment) -> Standing:
    """How a rejection stands to appeals."""
    known = about([row.pk])
    appeal = next((one for one in known if one.assignment_id), None)
    if appeal is not None:
        return Standing(appeal=appeal)
    if row.state != AssignmentState.REJECTED or row.final_at is not None or row.decided_at is None:
        return Standing()
    if any(one.state == AppealState.OPEN for one in known):
        return Standing()
    return _still(row.decided_at + window())


def of_event(event: SkillEvent) -> Standing:
    """How an event of a skill stands to appeals."""
    if event.submission is None:
        return Standing()
    known = about([event.submission.assignment_id])
    if known:
        mine = next((one for one in known if one.skill_event_id == event.pk), None)
        return Standing(appeal=mine)
    if not lowered(event) or SkillEvent.objects.filter(undoes=event).exists():
        return Standing()
    return _still(event_until(event.at))


def about(assignment_ids: Collection[uuid.UUID]) -> list[Appeal]:
    """The appeals about answers of these assignments, whatever they are against, oldest first."""
    rows = Appeal.objects.filter(request__submission__assignment__in=assignment_ids)
    return list(rows.select_related("skill_event", "request__submission").order_by("opened_at"))


def event_until(event_at: dt.datetime) -> dt.datetime:
    """Until when an event can be appealed: its time begins at the midnight (UTC) that shows it, so
    that it does not tell the time of the event.
    """
    day = event_at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + dt.timedelta(days=1) + window()


def in_time(event_at: dt.datetime) -> bool:
    """Whether an event of that time can still be appealed."""
    return event_until(event_at) > clock.now()


def _still(until: dt.datetime) -> Standing:
    return Standing(until=until if until > clock.now() else None)
