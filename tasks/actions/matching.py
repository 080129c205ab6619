"""Candidate rows: who meets every pair rule of which project, so that a claim need not ask it.

One statement, built from the rules, makes the rows of a project or of an annotator those of the
rules. Two refreshes that touch the same pair never overlap: a project's take the lock of the table
of candidates shared, and their own project's alone, an annotator's the table's alone, before they
read anything; so whoever comes second reads what the first one's cause has committed. A claim asks
the rules again for the project it takes from (`tasks.matching.claim`), so a row that is a moment
out of date does no harm.
"""

import datetime as dt
import uuid

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from tasks.matching import sql
from tasks.models import Matching, Project, Task
from tasks.states import ProjectState, TaskState

MATCHED = (ProjectState.ACTIVE, ProjectState.PAUSED)
# Shares and numbers of candidates move with every claim: reckoned anew when they are so old.
STALE = dt.timedelta(minutes=5)
OLD = dt.timedelta(hours=1)
_LOCK = "SELECT pg_advisory_xact_lock{shared}(hashtext('tasks_candidate'))"

_LOCK_PROJECT = "SELECT pg_advisory_xact_lock(hashtext('tasks_candidate'), hashtext(%s))"


@transaction.atomic
def refresh_annotator(*, annotator_id: uuid.UUID) -> int:
    """List anew the projects open to an annotator; returns how many there are. None for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(shared=""))
        cursor.execute(sql.REFRESH_ANNOTATOR, {"annotator": annotator_id})
        (there, *_) = cursor.fetchone()
    return int(there)


@transaction.atomic
def refresh_project(*, project_id: uuid.UUID) -> int:
    """List anew the annotators eligible for a project, and reckon their shares and numbers.

    Returns how many there are; a project that hands out no tasks any more, or does not exist, has
    none.
    """
    return _refresh_project(project_id)[0]


def _refresh_project(project_id: uuid.UUID) -> tuple[int, int, int, int]:
    """How many candidates there are, and how many rows were added, changed and taken away."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(shared="_shared"))
        cursor.execute(_LOCK_PROJECT, [str(project_id)])
        cursor.execute(sql.REFRESH_PROJECT, {"project": project_id})
        there, made, changed, gone = cursor.fetchone()
        cursor.execute(sql.REFRESH_MATCHING, {"project": project_id})
    return int(there), int(made), int(changed), int(gone)


@transaction.atomic
def prove_project(*, project_id: uuid.UUID, by: Actor) -> int:
    """The nightly refresh of a project: returns, and keeps in the audit trail, how many of its rows
    were not what the rules say. Each is an event that was missed.
    """
    _, made, _, gone = _refresh_project(project_id)
    if made + gone:
        audit.record("candidates_mended", f"project:{project_id}", by=by, missing=made, wrong=gone)
    return made + gone


@transaction.atomic
def rebuild() -> int:
    """Promise a proof of every project that hands out tasks; returns how many."""
    ids = list(Project.objects.filter(state__in=MATCHED).values_list("pk", flat=True))
    for pk in ids:
        outbox.enqueue("tasks.prove_candidates", project_id=str(pk))
    return len(ids)


@transaction.atomic
def refresh_stale() -> int:
    """Promise a refresh of active projects with open tasks whose shares have moved since the last
    one, or which had none for an hour: newcomers come and go by the clock alone. Returns how many.
    """
    moved = (
        Q(matching__isnull=True)
        | Q(matching__refreshed_at__lt=clock.after(-OLD))
        | Q(
            matching__refreshed_at__lt=clock.after(-STALE),
            matching__last_claim_at__gt=F("matching__refreshed_at"),
        )
    )
    work = Task.objects.filter(project=OuterRef("pk"), state=TaskState.OPEN)
    waiting = Project.objects.filter(moved, Exists(work), state=ProjectState.ACTIVE)
    ids = list(waiting.values_list("pk", flat=True)[:200])
    for pk in ids:
        outbox.enqueue("tasks.refresh_project", project_id=str(pk))
    Matching.objects.filter(project_id__in=ids).update(refreshed_at=clock.Now())
    return len(ids)
