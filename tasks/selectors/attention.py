"""Tasks that wait for staff because they ran out or were given back too often, with the reasons."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace.core.errors import NotFound
from marketplace.core.models import AuditEntry
from tasks.interface.render import RenderedField, render_fields
from tasks.interface.spec import Interface
from tasks.models import Assignment, LateAnswer, Task
from tasks.states import ENDED, LIVE, AssignmentState, TaskState

MOST_TASKS = 50


@dataclass(frozen=True, slots=True)
class Setback:
    """One claim that ended without an answer.

    `annotator` is a pseudonym, `why` empty where the time ran out; `after` is how long it was held,
    `active_seconds` how much of that its page was in use; `draft` tells whether something had been
    written.
    """

    annotator: str
    skipped: bool
    why: str
    text: str
    at: dt.datetime
    after: dt.timedelta
    active_seconds: int
    draft: bool

    @property
    def held(self) -> str:
        """How long, as h:mm:ss."""
        return str(dt.timedelta(seconds=int(self.after.total_seconds())))

    @property
    def at_work(self) -> str:
        """How long of that its page was in use, as h:mm:ss."""
        return str(dt.timedelta(seconds=self.active_seconds))


@dataclass(frozen=True, slots=True)
class Troubled:
    """A task with all its setbacks, the newest first; `live` counts claims and answers it keeps."""

    task: Task
    setbacks: Sequence[Setback]
    live: int


@dataclass(frozen=True, slots=True)
class AttentionPage:
    """One task with what it shows annotators."""

    troubled: Troubled
    fields: Sequence[RenderedField]


def waiting_count() -> int:
    """How many tasks wait."""
    return _tasks().count()


def waiting() -> list[Troubled]:
    """The 50 that have waited longest."""
    return _troubled(list(_tasks().order_by("attention_at", "pk")[:MOST_TASKS]))


def page(task_id: uuid.UUID) -> AttentionPage:
    """The page of one task; refuses `not_found`, also once it waits no more."""
    task = _tasks().filter(pk=task_id).first()
    if task is None:
        raise NotFound("task")
    (troubled,) = _troubled([task])
    interface = Interface.load(task.project.interface)
    return AttentionPage(troubled, render_fields(interface, task.payload))


def _tasks() -> QuerySet[Task]:
    return Task.objects.filter(state=TaskState.ATTENTION).select_related("project")


def _troubled(tasks: Sequence[Task]) -> list[Troubled]:
    written = Q(draft__isnull=False) | Exists(LateAnswer.objects.filter(assignment=OuterRef("pk")))
    rows = list(
        Assignment.objects.filter(task__in=tasks)
        .annotate(written=written)
        .select_related("annotator")
        .order_by("-final_at", "-pk")
    )
    said = _said([row for row in rows if row.state == AssignmentState.RELEASED])
    setbacks: dict[uuid.UUID, list[Setback]] = defaultdict(list)
    live: dict[uuid.UUID, int] = defaultdict(int)
    for row in rows:
        if row.state in ENDED:
            setbacks[row.task_id].append(_setback(row, said.get(f"assignment:{row.pk}", "")))
        elif row.state in LIVE and row.state != AssignmentState.REJECTED:
            live[row.task_id] += 1
    return [Troubled(task, setbacks[task.pk], live[task.pk]) for task in tasks]


def _said(rows: Sequence[Assignment]) -> dict[str, str]:
    """What annotators wrote when they gave tasks back: it is kept in the audit trail."""
    subjects = [f"assignment:{row.pk}" for row in rows]
    entries = AuditEntry.objects.filter(subject__in=subjects, verb="released")
    return dict(entries.order_by("pk").values_list("subject", "reason"))


def _setback(row: Assignment, text: str) -> Setback:
    ended_at = row.final_at or row.leased_until
    return Setback(
        annotator=str(row.annotator.pseudonym),
        skipped=row.state == AssignmentState.RELEASED,
        why=row.get_skip_reason_display() if row.skip_reason else "",
        text=text,
        at=ended_at,
        after=ended_at - row.claimed_at,
        active_seconds=row.active_seconds,
        draft=bool(getattr(row, "written", False)),
    )
