"""A client is told before a project's money runs out: once for each dip, and again after it was
funded.
"""

import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from payments.currencies import major
from payments.selectors import balances
from tasks.actions import telling
from tasks.models import Project
from tasks.selectors import estimate
from tasks.states import ProjectState, TaskState

TENTH = 10


def sweep(*, by: Actor) -> int:
    """Look at every active project; returns how many are newly low."""
    rows = Project.objects.filter(state=ProjectState.ACTIVE).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    return sum(look(project_id=project_id, by=by) for project_id in ids)


@transaction.atomic
def look(*, project_id: uuid.UUID, by: Actor) -> bool:
    """Mark a project whose funds cover less than the least answers, and tell its client.

    The least is the setting or a tenth of the answers still wanted, whichever is more, and never
    more than all of them. A mark goes when the funds cover that again. True if it is newly low.
    """
    row = (
        Project.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organization")
        .filter(pk=project_id, state=ProjectState.ACTIVE)
        .first()
    )
    if row is None:
        return False
    wanted = row.tasks.filter(state=TaskState.OPEN).aggregate(n=Sum("open_slots", default=0))["n"]
    least = min(wanted, max(settings.LOW_FUNDS_TASKS, -(-wanted // TENTH)))
    funds = balances.pot(row.pot, row.currency).funds_minor
    covered = funds // estimate.answer(row).expected
    if covered >= least:
        if row.funds_low_at is not None:
            audit.context("funds_enough", by=by)
            Project.objects.filter(pk=row.pk).update(funds_low_at=None)
            audit.record("funds_enough", row, by=by)
        return False
    if row.funds_low_at is not None:
        return False
    audit.context("funds_low", by=by)
    Project.objects.filter(pk=row.pk).update(funds_low_at=Now())
    audit.record("funds_low", row, by=by, covered=covered, wanted=wanted)
    text = (
        f"{row.name}: {major(funds, row.currency)} is left, for about {covered} of {wanted} answers"
        " still wanted. Add funds so that the work does not pause."
    )
    telling.managers(row, "funds_low", text)
    return True
