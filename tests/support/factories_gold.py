"""Projects with gold for tests."""

from tasks.actions import intake
from tasks.models import Assignment, Gold
from tests.support import factories_tasks as work


def row(number, *, training=False, known=None, **more):
    """A row of an upload whose answer is known."""
    return {
        "external_id": f"gold{number}",
        "payload": {"problem": f"Problem {number}"},
        "gold": {"answer": work.RIGHT, "training": training, **(known or {}), **more},
    }


def project(*, tasks=3, gold=1, training=0, known=None, **other):
    """An active project with tasks, and gold that everybody answers right with `work.RIGHT`."""
    made = work.project(tasks=tasks, **other)
    rows = [row(n, known=known) for n in range(gold)]
    rows += [row(n, training=True, known=known) for n in range(gold, gold + training)]
    if rows:
        intake.post_tasks(project_id=made.pk, rows=list(enumerate(rows)), by=work.BY)
    return made


def kind(claim):
    """G for gold, T for training, a dot for any other task."""
    found = Gold.objects.filter(pk=claim.task_id).first()
    if found is None:
        return "."
    return "T" if found.training else "G"


def run_out(claim):
    """The claim's time is over; nobody has noticed yet."""
    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")
