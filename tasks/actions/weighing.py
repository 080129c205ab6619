"""Enough answers? After each answer and each verdict a task is concluded, gets one more slot, goes
to an adjudicator, or waits.

Without a target the majority decides, once every slot holds an accepted answer. With one, the
posterior must be as sure as the target and gold must support it: else one more answer is asked for,
up to the most that the plan allows, and then an adjudicator decides. A tie is handled alike.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions import results
from tasks.actions.beliefs import Believed, believe
from tasks.actions.consensus import agree
from tasks.actions.results import Outcome
from tasks.interface.ballots import ballots
from tasks.interface.spec import Interface
from tasks.models import AdjudicationAssignment, Assignment, Belief, Result, Submission, Task
from tasks.selectors import measured
from tasks.selectors.accepted import standing_answers
from tasks.selectors.measured import Measured
from tasks.states import TASK_MOVES, AssignmentState, ProjectState, TaskState

AT_WORK = (TaskState.OPEN, TaskState.FILLED, TaskState.ATTENTION, TaskState.DISPUTED)
BATCH = 500


@dataclass(frozen=True, slots=True)
class _Scales:
    """A locked task with all that is put on the scales. `known` is None where nothing is votable.

    `accepted` are those of the `standing` answers that are accepted, `believed` is what all of them
    make likely.
    """

    task: Task
    interface: Interface
    known: Measured | None
    standing: Sequence[Submission]
    accepted: Sequence[Submission]
    by: Actor
    believed: Believed = field(default_factory=Believed)

    def believe_accepted(self) -> Believed:
        """What the accepted answers make likely; mostly that is what all of them do."""
        if self.known is None or len(self.accepted) == len(self.standing):
            return self.believed
        return believe(self.interface, self.known, self.accepted)


@transaction.atomic(savepoint=False)  # a job's transaction is around it
def weigh(*, task_id: uuid.UUID, by: Actor) -> Result | None:
    """Put a task's answers on the scales, keep what is believed of them, and act on it.

    Returns the result if the task was concluded now. The task is locked, so two last answers at
    once conclude it once, and running again does nothing more. A task whose answer is known has no
    result.
    """
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .filter(pk=task_id, state__in=AT_WORK, known__isnull=True)
        .first()
    )
    if task is None:
        return None
    interface = Interface.load(task.project.interface)
    standing, accepted = standing_answers(task)
    scales = _Scales(task, interface, None, standing, accepted, by)
    if ballots(interface):
        known = measured.of(task.project, [row.annotator_id for row in standing])
        scales = replace(scales, known=known, believed=believe(interface, known, standing))
    _keep_belief(scales)
    if task.state == TaskState.FILLED:
        return _decide(scales) if len(accepted) >= task.overlap else None
    return _surer_by_now(scales)


def _keep_belief(scales: _Scales) -> None:
    if not scales.standing:
        Belief.objects.filter(pk=scales.task.pk).delete()
    elif scales.known:
        found = scales.believed
        row = Belief(
            task=scales.task,
            questions=found.as_data(),
            confidence=found.confidence,
            calibrated=found.calibrated,
            answers=len(scales.standing),
        )
        changed = ["questions", "confidence", "calibrated", "answers", "updated_at"]
        Belief.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["task"], update_fields=changed
        )


def _decide(scales: _Scales) -> Result | None:
    """Every slot holds an accepted answer: conclude, ask once more, or call an adjudicator."""
    outcome = _outcome(scales)
    if not outcome.doubts:
        return results.conclude(scales.task, outcome, by=scales.by)
    if _may_ask(scales.task):
        _ask_once_more(scales, outcome)
    else:
        results.dispute(scales.task, outcome, by=scales.by)
    return None


def _outcome(scales: _Scales) -> Outcome:
    interface, rows = scales.interface, scales.accepted
    if scales.task.project.target_confidence is not None:
        outcome = results.of_belief(interface, scales.believe_accepted(), rows, scales.task)
    else:
        agreed = agree(interface, [row.answer for row in rows], scales.task.payload)
        along = Believed()
        if scales.known and not agreed.disputed:
            along = believe(interface, scales.known, rows, agreed.answer)
        outcome = results.of_majority(interface, agreed, along, len(rows))
    return results.allowed(interface, outcome, scales.task)


def _may_ask(task: Task) -> bool:
    """The plan allows another answer, and somebody could still give it."""
    most = task.project.max_overlap or 0
    ended = task.project.state == ProjectState.CLOSED or task.withdrawn_at is not None
    return task.overlap < most and not ended


def _ask_once_more(scales: _Scales, outcome: Outcome) -> None:
    """One more slot; whoever claims it reserves its price, as always."""
    task = scales.task
    move(task, TaskState.OPEN, TASK_MOVES, overlap=task.overlap + 1, open_slots=1)
    audit.record(
        "asked_once_more",
        task,
        by=scales.by,
        overlap=task.overlap,
        questions=outcome.doubts,
        why=outcome.why,
    )


def _surer_by_now(scales: _Scales) -> Result | None:
    """What was measured since may make sure of a task that waits for one more answer which nobody
    has taken, or for an adjudicator: it is concluded without.
    """
    task, target = scales.task, scales.task.project.target_confidence
    answers = len(scales.accepted)
    untaken = task.state == TaskState.OPEN and task.overlap - task.open_slots == answers
    waits = untaken or task.state == TaskState.DISPUTED
    if target is None or not waits or answers < task.project.overlap:
        return None
    if AdjudicationAssignment.objects.filter(task=task, state="claimed").exists():
        return None  # whoever has it in hand decides it, and is paid for it
    outcome = _outcome(scales)
    if outcome.doubts or (task.state == TaskState.DISPUTED and _decided_before(task)):
        return None
    if untaken:
        move(task, TaskState.FILLED, TASK_MOVES, overlap=answers, open_slots=0)
    return results.conclude(task, outcome, by=scales.by)


def _decided_before(task: Task) -> bool:
    """It had a result, which was found wrong: only a person decides it again."""
    return Result.objects.filter(task=task).exists()


@transaction.atomic
def weigh_overdue() -> int:
    """Promise to weigh up to 500 tasks that have all their accepted answers and no result, in case
    the promise was lost; returns how many.
    """
    accepted = (
        Assignment.objects.filter(task=OuterRef("pk"), state=AssignmentState.ACCEPTED)
        .order_by()
        .values("task")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Task.objects.filter(state=TaskState.FILLED).annotate(n=Subquery(accepted))
    ids = rows.filter(n__gte=F("overlap")).values_list("pk", flat=True)[:BATCH]
    promises = [{"task_id": str(pk)} for pk in ids]
    outbox.enqueue_many("tasks.weigh_task", promises)
    return len(promises)
