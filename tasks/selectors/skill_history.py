"""What an annotator reads about their own skills: each estimate, and every event that moved one.

All of it as of the last midnight (UTC), by the day, without the answer that an event is about and
without the numbers between two events of a day: an estimate that moves at a hand-in, or an answer
that has no event of a verdict, would tell which task was gold.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, TextField
from django.db.models.functions import MD5, Cast, TruncDate

from marketplace.core import clock
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
    lower: float
    upper: float
    mean: float
    answers: float
    gold: int
    needed: int | None
    bar: float = BAR


@dataclass(frozen=True, slots=True)
class Row:
    """An event with what can be done about it. `undone_by` is the event that took it back; `first`
    and `last` are those of its domain on its day.
    """

    event: SkillEvent
    lowered: bool
    appeal: Appeal | None
    can_appeal: bool
    undone_by: SkillEvent | None
    first: SkillEvent
    last: SkillEvent

    @property
    def added(self) -> tuple[float, float] | None:
        """What an answer added to the right and to the wrong ones; None for any other event."""
        if self.event.share is None:
            return None
        right = self.event.weight * self.event.share
        return right, self.event.weight - right


def midnight() -> dt.datetime:
    """The last one (UTC): what happened since is shown from the next one on."""
    return dt.datetime.combine(clock.now().astimezone(dt.UTC).date(), dt.time(), tzinfo=dt.UTC)


def estimates(annotator_id: uuid.UUID) -> list[Estimate]:
    """All domains in which something was known at midnight, by name."""
    known = events(annotator_id).order_by("domain_id", "-at", "-pk").distinct("domain_id")
    skills = {
        row.domain_id: row
        for row in Skill.objects.filter(annotator_id=annotator_id).select_related("domain")
    }
    found = [
        _estimate(skills[event.domain_id], event) for event in known if event.domain_id in skills
    ]
    return sorted(found, key=lambda one: one.skill.domain.path)


def _estimate(skill: Skill, last: SkillEvent) -> Estimate:
    alpha, beta = last.alpha_after, last.beta_after
    return Estimate(
        skill=skill,
        lower=last.lower_after,
        upper=last.upper_after,
        mean=alpha / (alpha + beta),
        answers=alpha + beta,
        gold=_gold(skill),
        needed=_needed(alpha, beta),
    )


def _gold(skill: Skill) -> int:
    """How many answers to gold it knew at midnight: what came since is taken off."""
    since = SkillEvent.objects.filter(
        annotator_id=skill.annotator_id, domain_id=skill.domain_id, at__gte=midnight()
    )
    came = since.filter(kind=SkillEventKind.GOLD).count()
    went = since.filter(undoes__kind=SkillEventKind.GOLD).count()
    return max(skill.gold_seen - came + went, 0)


def _needed(alpha: float, beta: float) -> int | None:
    """The lower bound rises with each right answer, so the least number is found by halving."""

    def there(more: int) -> bool:
        return interval(alpha + more, beta).lower >= BAR

    if not there(FARTHEST):
        return None
    least, most = 0, FARTHEST
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if there(middle) else (middle + 1, most)
    return least


def events(annotator_id: uuid.UUID) -> QuerySet[SkillEvent]:
    """Everything that had moved an annotator's skills at midnight, the newest day first, and those
    of a day in an order that tells nothing.
    """
    rows = SkillEvent.objects.filter(annotator_id=annotator_id, at__lt=midnight())
    return rows.select_related(
        "domain", "submission__assignment__project", "undone_by", "undoes"
    ).order_by(TruncDate("at", tzinfo=dt.UTC).desc(), MD5(Cast("pk", TextField())))


def rows(page: Iterable[SkillEvent]) -> list[Row]:
    """A page of events with their appeals, in three more statements."""
    page = list(page)
    assignments = {row.submission.assignment_id for row in page if row.submission}
    about = appeals.about(assignments)
    answers = {one.request.submission.assignment_id for one in about if one.request.submission}
    # Only appeals against the events themselves: another would tell which answer it was about.
    mine = {one.skill_event_id: one for one in about}
    days = _days(page)
    now = midnight()
    found = []
    for event in page:
        appealed = event.submission is not None and event.submission.assignment_id in answers
        undone = getattr(event, "undone_by", None)
        if undone is not None and undone.at >= now:
            undone = None
        lowered = appeals.lowered(event)
        can = lowered and not appealed and undone is None and appeals.in_time(event.at)
        first, last = days[_day(event)]
        found.append(Row(event, lowered, mine.get(event.pk), can, undone, first, last))
    return found


def _day(event: SkillEvent) -> tuple[str, dt.date]:
    return event.domain_id, event.at.astimezone(dt.UTC).date()


def _days(page: Sequence[SkillEvent]) -> dict[tuple[str, dt.date], tuple[SkillEvent, SkillEvent]]:
    """The first and the last event of each domain on each day of a page."""
    if not page:
        return {}
    found: dict[tuple[str, dt.date], tuple[SkillEvent, SkillEvent]] = {}
    same = SkillEvent.objects.filter(
        annotator_id=page[0].annotator_id,
        at__gte=min(row.at for row in page)
        .astimezone(dt.UTC)
        .replace(hour=0, minute=0, second=0, microsecond=0),
        at__lt=max(row.at for row in page) + dt.timedelta(days=1),
    )
    for event in same.order_by("at", "pk"):
        first, _last = found.get(_day(event), (event, event))
        found[_day(event)] = (first, event)
    return found
