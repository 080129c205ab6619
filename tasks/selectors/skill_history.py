"""What an annotator reads about their own skills: each estimate, and every event that moved one."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from tasks.models import Appeal, Skill, SkillEvent
from tasks.quality.skill import interval
from tasks.selectors import appeals
from tasks.states import SkillEventKind

# What most projects would call good, and how far ahead an estimate looks for it.
BAR, FARTHEST = 0.8, 400


@dataclass(frozen=True, slots=True)
class Estimate:
    """A skill as its owner reads it. `answers` is what it is worth; `needed` how many right answers
    to known tasks in a row would bring its lower bound to `bar`: 0 if it is there, None if that is
    too far away to say.
    """

    skill: Skill
    mean: float
    answers: float
    needed: int | None
    bar: float = BAR


@dataclass(frozen=True, slots=True)
class Row:
    """An event with what can be done about it. `undone_by` is the event that took it back."""

    event: SkillEvent
    lowered: bool
    appeal: Appeal | None
    can_appeal: bool
    undone_by: SkillEvent | None

    @property
    def of_gold(self) -> bool:
        """About a gold task, which is not named, or taking such an event back."""
        return (self.event.undoes or self.event).kind == SkillEventKind.GOLD


def estimates(annotator_id: uuid.UUID) -> list[Estimate]:
    """All domains in which something is known, by name."""
    rows = Skill.objects.filter(annotator_id=annotator_id).select_related("domain")
    return [
        Estimate(
            skill=row,
            mean=row.alpha / (row.alpha + row.beta),
            answers=row.alpha + row.beta,
            needed=_needed(row),
        )
        for row in rows.order_by("domain__path")
    ]


def _needed(row: Skill) -> int | None:
    """The lower bound rises with each right answer, so the least number is found by halving."""

    def there(more: int) -> bool:
        return interval(row.alpha + more, row.beta).lower >= BAR

    if not there(FARTHEST):
        return None
    least, most = 0, FARTHEST
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if there(middle) else (middle + 1, most)
    return least


def events(annotator_id: uuid.UUID) -> QuerySet[SkillEvent]:
    """Everything that moved an annotator's skills, the newest first."""
    rows = SkillEvent.objects.filter(annotator_id=annotator_id)
    return rows.select_related(
        "domain", "submission__assignment__project", "undone_by", "undoes"
    ).order_by("-at", "-pk")


def rows(page: Iterable[SkillEvent]) -> list[Row]:
    """A page of events with their appeals, in two more statements."""
    page = list(page)
    assignments = {row.submission.assignment_id for row in page if row.submission}
    known = appeals.appeals_of(list(assignments))
    found = []
    for event in page:
        appeal = known.get(event.submission.assignment_id) if event.submission else None
        undone = getattr(event, "undone_by", None)
        lowered = appeals.lowered(event)
        can = lowered and appeal is None and undone is None and appeals.in_time(event.at)
        found.append(Row(event, lowered, _told(event, appeal), can, undone))
    return found


def _told(event: SkillEvent, appeal: Appeal | None) -> Appeal | None:
    """The appeal beside an event; of a gold answer only the one against the event itself, since the
    other would tell which answer it was.
    """
    gold = event.kind == SkillEventKind.GOLD
    return None if gold and appeal and appeal.skill_event_id != event.pk else appeal
