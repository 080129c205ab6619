"""The rows of the work behind the ledger's keys, for `payments.selectors.work`."""

import uuid
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from payments.selectors.work import Thing
from tasks.models import (
    AdjudicationAssignment,
    Assignment,
    Project,
    ReviewAssignment,
    Submission,
    Task,
)

MOST = 500  # claims of one task that are looked up
CLAIMS: dict[str, Any] = {
    "assignment": Assignment,
    "review": ReviewAssignment,
    "adjudication": AdjudicationAssignment,
}


def things(keys: Collection[str]) -> dict[str, Thing]:
    """Projects (`project:<id>`) by name, claims (`assignment:`, `review:`, `adjudication:`) by
    their task; at most one query for each kind of key.
    """
    found: dict[str, Thing] = {}
    for row in Project.objects.filter(pk__in=_ids(keys, "project")).only("name"):
        found[f"project:{row.pk}"] = Thing(
            f"project:{row.pk}", row.name, "tasks_project", str(row.pk)
        )
    words = {
        "assignment": _("Claim on a task of %s"),
        "review": _("Review of a task of %s"),
        "adjudication": _("Adjudication of a task of %s"),
    }
    for kind, model in CLAIMS.items():
        ids = _ids(keys, kind)
        rows = model._default_manager.filter(pk__in=ids).select_related("task__project")
        for claim in rows if ids else ():
            text = words[kind] % claim.task.project.name
            own = kind == "assignment"  # the others have no page: their task's is shown
            page = ("tasks_assignment", claim.pk) if own else ("tasks_task", claim.task_id)
            found[f"{kind}:{claim.pk}"] = Thing(f"{kind}:{claim.pk}", text, page[0], str(page[1]))
    return found


def holders(row_id: uuid.UUID) -> list[str]:
    """The project's key, or the claims' keys of a task, an answer or a claim."""
    if Project.objects.filter(pk=row_id).exists():
        return [f"project:{row_id}"]
    claimed = Submission.objects.filter(pk=row_id).values_list("assignment_id", flat=True)
    found = [f"assignment:{pk}" for pk in claimed]
    for kind, model in CLAIMS.items():
        rows = model._default_manager.order_by("pk").values_list("pk", flat=True)
        ids = [*rows.filter(pk=row_id), *rows.filter(task_id=row_id)[:MOST]]
        found += [f"{kind}:{pk}" for pk in ids]
    return found


def called(text: str, most: int) -> list[Thing]:
    """Projects by a part of their name, newest first; a task by the client's name for it."""
    rows = Project.objects.filter(name__icontains=text).order_by("-pk").only("name")[:most]
    found = [Thing(f"project:{row.pk}", row.name, "tasks_project", str(row.pk)) for row in rows]
    tasks = Task.objects.filter(external_id=text).order_by("pk").select_related("project")[:most]
    return found + [
        Thing(
            f"task:{row.pk}", f"{row.external_id} · {row.project.name}", "tasks_task", str(row.pk)
        )
        for row in tasks
    ]


def _ids(keys: Collection[str], kind: str) -> list[uuid.UUID]:
    found = []
    for key in keys:
        prefix, _colon, rest = key.partition(":")
        if prefix == kind:
            try:
                found.append(uuid.UUID(rest))
            except ValueError:
                continue
    return found
