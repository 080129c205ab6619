"""What a project may cost: before its launch, and after it what is spent and still to come."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from payments.currencies import major
from payments.pay import estimate
from payments.pay.bounds import bounds
from payments.pay.estimate import Line, Plan, Range, Work
from payments.selectors import balances
from tasks.models import Project, Task
from tasks.selectors import pace
from tasks.states import AssignmentState, ProjectState, ReviewPlan

# Where reviews follow the record of each annotator: what is taken for experts of mixed standing.
BY_RECORD = 30
WORST_EXPERTS = 1000  # nobody knows who may come; more are taken where more are eligible
UNDER_WAY = (AssignmentState.CLAIMED, AssignmentState.SUBMITTED, AssignmentState.RETURNED)
IN_WORK = ("open", "filled", "disputed", "attention")


@dataclass(frozen=True, slots=True)
class Estimate:
    """`to_come` is the sum of the lines, `in_all` that with what is spent and reserved.

    `covered` of `tasks` can be done with the free funds, as expected; `missing_minor` is what the
    funds lack for all of them.
    """

    currency: str
    lines: Sequence[Line]
    to_come: Range
    in_all: Range
    spent_minor: int
    reserved_minor: int
    funds_minor: int
    tasks: int
    covered: int
    missing_minor: int

    @property
    def text(self) -> str:
        """How far the funds reach, in a sentence; empty where nothing is open."""
        return reach(self)


def of(project: Project, *, more_tasks: int = 0) -> Estimate:
    """The estimate, with so many tasks that are not uploaded yet."""
    load = pace.load(project, more_tasks=more_tasks)
    return _of(project, _work(project, load), load.tasks_left)


def answer(project: Project) -> Range:
    """What one accepted answer costs the client, fee included: the one figure of all forecasts."""
    return estimate.of_answer(_plan(project))


def _of(project: Project, work: Work, tasks: int) -> Estimate:
    parts = estimate.lines(work, _plan(project))
    to_come = estimate.total(parts)
    pot = balances.pot(project.pot, project.currency)
    gone = pot.spent_minor + pot.reserved_minor
    enough = pot.funds_minor >= to_come.expected
    covered = tasks if enough else tasks * pot.funds_minor // to_come.expected
    return Estimate(
        currency=project.currency,
        lines=parts,
        to_come=to_come,
        in_all=Range(*(gone + minor for minor in to_come)),
        spent_minor=pot.spent_minor,
        reserved_minor=pot.reserved_minor,
        funds_minor=pot.funds_minor,
        tasks=tasks,
        covered=covered,
        missing_minor=max(0, to_come.expected - pot.funds_minor),
    )


def _work(project: Project, load: pace.Load) -> Work:
    claims = project.assignments.filter(state__in=UNDER_WAY).count()
    paces = list(pace.paces(project).values())
    active = sum(one.active for one in paces)
    known = Task.objects.filter(project=project, known__state="active")
    open_work = Task.objects.filter(project=project, state__in=IN_WORK).count()
    closed = project.state == ProjectState.CLOSED
    answers = Range(load.slots_left, load.slots_left, load.slots_most)
    if closed:
        answers = Range(0, 0, 0)
    return Work(
        tasks=0 if closed else max(open_work, load.tasks_left),
        answers=answers,
        under_way=claims,
        experts=Range(0, max(active, project.overlap), max(len(paces), WORST_EXPERTS)),
        gold=0 if closed else known.filter(known__training=False).count(),
        training=0 if closed else known.filter(known__training=True).count(),
    )


def _plan(project: Project) -> Plan:
    share = project.review_plan == ReviewPlan.SHARE
    most = project.max_overlap or project.overlap
    return Plan(
        pay=Range(
            *bounds(
                project.pay,
                project.price_minor,
                project.expected_minutes,
                min_tier=project.min_tier,
            )
        ),
        review_minor=project.review_price_minor,
        adjudication_minor=project.decision_minor,
        fee_bps=project.fee_bps,
        reviewed=project.review_percent if share else max(BY_RECORD, project.audit_percent),
        second=project.second_percent,
        audited=project.rejection_audit_percent,
        gold_first=project.gold_first,
        gold_percent=project.gold_percent,
        training_most=project.training_most,
        many=most > 1,
    )


def reach(found: Estimate) -> str:
    """How far the free funds reach, in a sentence; empty where nothing is open."""
    if not found.tasks:
        return ""
    if found.covered >= found.tasks:
        return ngettext(
            "The funds are expected to cover the %(n)d open task.",
            "The funds are expected to cover all %(n)d open tasks.",
            found.tasks,
        ) % {"n": found.tasks}
    missing = major(found.missing_minor, found.currency)
    return (
        f"The funds cover {found.covered} of {found.tasks} open tasks. {missing} more is expected "
        "to be needed; work stops before anybody works unfunded."
    )
