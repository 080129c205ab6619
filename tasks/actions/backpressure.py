"""Back-pressure: a project whose answers pile up unreviewed hands out nothing until they are fewer.

Annotators would otherwise work for days towards verdicts that nobody has time to give.
"""

import uuid
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from tasks.actions import telling
from tasks.models import Matching, Project

# Without a number of the project's own: a fifth of its tasks, and never less than fifty answers.
LEAST_DEFAULT = 50
DEFAULT_PERCENT = 20
# It goes on below so much of the number at which it stopped, or it would stop and go all the time.
GO_ON_PERCENT = 80

# One pass over the answers that wait (a partial index); tasks are counted by their batches.
_LOOK = """
WITH waiting AS (
    SELECT project_id, count(*) AS answers FROM tasks_assignment
     WHERE state = 'submitted' GROUP BY project_id
), seen AS (
    SELECT project.id, project.name, coalesce(waiting.answers, 0) AS answers,
           matching.slowed_at IS NOT NULL AS slowed, coalesce(matching.slowed_why, '') AS why,
           project.state,
           coalesce(project.most_unreviewed, greatest(%(least)s, (
               SELECT ceil(coalesce(sum(batch.size), 0) * %(percent)s / 100.0)
                 FROM tasks_batch batch WHERE batch.project_id = project.id))) AS most
      FROM tasks_project project
      LEFT JOIN waiting ON waiting.project_id = project.id
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
     WHERE (project.state = 'active' AND waiting.answers > 0) OR matching.slowed_at IS NOT NULL
)
SELECT id, answers, most::bigint, slowed, why, state = 'closed' FROM seen
 WHERE slowed OR answers > most ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class _Backlog:
    """A project's answers that wait for a verdict, and the most there may be."""

    project_id: uuid.UUID
    answers: int
    most: int
    slowed: bool
    why: str
    closed: bool

    @property
    def go_on_below(self) -> int:
        """Fewer answers than this, and tasks are handed out again; at least one."""
        return max(1, self.most * GO_ON_PERCENT // 100)

    @property
    def over(self) -> bool:
        """It may go on: the reviewers have caught up, or it is closed."""
        return self.closed or self.answers < self.go_on_below

    def sentence(self) -> str:
        """Why nothing is handed out."""
        return _("%(answers)d answers wait for review; work goes on below %(below)d") % {
            "answers": self.answers,
            "below": self.go_on_below,
        }


def watch(*, by: Actor) -> int:
    """Slow down the projects with too many unreviewed answers and let those that caught up go on.

    One transaction each; returns how many projects stopped or went on. The client's owners and
    managers are told of both.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"least": LEAST_DEFAULT, "percent": DEFAULT_PERCENT})
        backlogs = [_Backlog(*row) for row in cursor.fetchall()]
    return sum(_follow(backlog, by) for backlog in backlogs)


def _follow(backlog: _Backlog, by: Actor) -> bool:
    row = Matching.objects.filter(project_id=backlog.project_id)
    if not backlog.slowed:
        return _slow(backlog, by)
    if backlog.over:
        return _go_on(backlog, by)
    if backlog.why != backlog.sentence():
        # The number of answers as it is now, for whoever reads it; no act of its own.
        row.filter(slowed_at__isnull=False).update(slowed_why=backlog.sentence())
    return False


@transaction.atomic
def _slow(backlog: _Backlog, by: Actor) -> bool:
    """The row's condition is the lock: of two sweeps at once only one finds it as it was."""
    Matching.objects.get_or_create(project_id=backlog.project_id)
    row = Matching.objects.filter(project_id=backlog.project_id, slowed_at__isnull=True)
    if not row.update(slowed_at=Now(), slowed_why=backlog.sentence()):
        return False
    _record("slowed_down", backlog, by)
    _tell(backlog, "slowed_down", _("%(project)s is slowed down: %(why)s."), backlog.sentence())
    return True


@transaction.atomic
def _go_on(backlog: _Backlog, by: Actor) -> bool:
    row = Matching.objects.filter(project_id=backlog.project_id, slowed_at__isnull=False)
    if not row.update(slowed_at=None, slowed_why=""):
        return False
    _record("went_on", backlog, by)
    if not backlog.closed:
        _tell(backlog, "went_on", _("%(project)s goes on: its reviews have caught up."))
    return True


def _tell(backlog: _Backlog, kind: str, text: str, why: str = "") -> None:
    row = Project.objects.select_related("organization").get(pk=backlog.project_id)
    telling.managers(row, kind, text % {"project": row.name, "why": why})


def _record(verb: str, backlog: _Backlog, by: Actor) -> None:
    subject = f"project:{backlog.project_id}"
    audit.record(verb, subject, by=by, answers=backlog.answers, most=backlog.most)
