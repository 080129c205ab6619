"""Before a launch and after it: who could do a project, and how long they would need.

Three figures in days, each the time in which the open answers are given (`tasks.matching.pace`):

expected: experts who are active, at the pace of their last 14 days, all of it for this project;
best:     the eligible who are not active come as well, an hour a day each;
worst:    the active ones divide their time evenly among the projects that have work for them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.core import clock
from payments.selectors import balances
from tasks.matching.pace import days_to_finish
from tasks.models import Matching, Project
from tasks.selectors import eligibility, estimate, pace, told
from tasks.selectors.pace import MINUTES_A_DAY, Load, Pace
from tasks.states import ProjectState


@dataclass(frozen=True, slots=True)
class Forecast:
    """Counts and days, of nobody by name.

    `everybody` and `rules` (what excludes how many) are None and empty unless they were asked for.
    `measured` active experts have a history, `assumed` do not; together they give
    `minutes_a_day`. Days are None where the work cannot be finished, and `stopped_by` says why:
    `nobody_active`, `too_few_active` (an expert answers a task once) or `caps`. `in_time` compares
    the expected days with the deadline. `missing_minor` is what the open answers cost beyond the
    free funds, reviews left out; `slots_most` and `missing_most_minor` say the same for the case
    that every task needs the most answers its plan allows. While `slowed_why` is not empty nothing
    is handed out.
    """

    eligible: int
    active: int
    needed: int
    everybody: int | None
    rules: Sequence[eligibility.Stopped]
    tasks_left: int
    slots_left: int
    slots_most: int
    minutes_left: int
    minutes_a_day: float
    measured: int
    assumed: int
    best: float | None
    expected: float | None
    worst: float | None
    stopped_by: str
    deadline: dt.datetime | None
    in_time: bool | None
    missing_minor: int
    missing_most_minor: int
    funds_short: bool
    slowed_why: str

    @property
    def strictest(self) -> eligibility.Stopped | None:
        """The rule that excludes most."""
        return max(self.rules, key=lambda one: one.stops, default=None)

    @property
    def too_few(self) -> bool:
        """Whether fewer experts are eligible than answers are wanted of each task."""
        return self.eligible < self.needed


def of(project: Project, *, more_tasks: int = 0, rules: bool = True) -> Forecast:
    """The forecast, with so many tasks that are not uploaded yet. With `rules`, everybody there is
    is looked at to count what excludes them: not for a page that is shown often.
    """
    counts = eligibility.counts(project.pk) if rules else None
    everyone = list(pace.paces(project).values())
    active = [one for one in everyone if one.active]
    work = pace.load(project, more_tasks=more_tasks)
    funds = balances.pot(project.pot, project.currency).funds_minor
    answer = estimate.answer(project)
    best, expected, worst = _days(project, work, everyone, active)
    slowed = Matching.objects.filter(project=project, slowed_at__isnull=False)
    return Forecast(
        eligible=len(everyone),
        active=len(active),
        needed=project.overlap,
        everybody=counts.everybody if counts else None,
        rules=[one for one in told.client_rules(counts.rules) if one.stops] if counts else [],
        tasks_left=work.tasks_left,
        slots_left=work.slots_left,
        slots_most=work.slots_most,
        minutes_left=work.slots_left * project.expected_minutes,
        minutes_a_day=sum(one.minutes or MINUTES_A_DAY for one in active),
        measured=sum(one.minutes > 0 for one in active),
        assumed=sum(not one.minutes for one in active),
        best=best,
        expected=expected,
        worst=worst,
        stopped_by=_stopped_by(project, active) if expected is None else "",
        deadline=project.deadline,
        in_time=_in_time(project, expected),
        missing_minor=max(0, work.slots_left * answer.expected - funds),
        missing_most_minor=max(0, work.slots_most * answer.worst - funds),
        funds_short=project.funds_short_at is not None,
        slowed_why=slowed.values_list("slowed_why", flat=True).first() or "",
    )


def _days(
    project: Project, work: Load, everyone: Sequence[Pace], active: Sequence[Pace]
) -> tuple[float | None, float | None, float | None]:
    number = len(active)
    usual = [pace.expert(project, work, one, active=number) for one in active]
    idle = [
        pace.expert(project, work, Pace(True, 0.0, one.claims, 0), active=number)  # noqa: FBT003
        for one in everyone
        if not one.active
    ]
    divided = [
        pace.expert(project, work, one, active=number, part=1 / (1 + one.elsewhere))
        for one in active
    ]
    left = work.slots_left
    return (
        days_to_finish(left, [*usual, *idle]),
        days_to_finish(left, usual),
        days_to_finish(left, divided),
    )


def _stopped_by(project: Project, active: Sequence[Pace]) -> str:
    if not active:
        return "nobody_active"
    return "too_few_active" if len(active) < project.overlap else "caps"


def _in_time(project: Project, days: float | None) -> bool | None:
    if project.deadline is None or project.state == ProjectState.CLOSED:
        return None
    if days == 0:
        return True
    return days is not None and clock.now() + dt.timedelta(days=days) <= project.deadline
