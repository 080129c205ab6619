"""Projects: drafted, changed, started, stopped, ended."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import Organization
from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import gold_marks, launch, matching_fields, project_fields, quality_fields
from tasks.actions.access import project_for_change
from tasks.interface.spec import Interface
from tasks.models import Candidate, Fit, Guideline, Project, Task
from tasks.states import PROJECT_MOVES, ProjectState, TaskState

# A claim that began before a close may still give its slot back: looked at again after this.
STRAGGLERS = dt.timedelta(minutes=2)
NO_SLOT: dict[str, Any] = {"open_slots": 0, "attention_at": None}


@transaction.atomic
def create(*, organization_id: uuid.UUID, fields: Mapping[str, Any], by: Actor) -> Project:
    """A draft, with `guideline` (if given) as version 1 of its instructions.

    The fee is the platform's, as it is now. Refuses (422) with a pointer to each fault.
    """
    permissions.require(by, organization_id, Permission.PROJECTS)
    if not Organization.objects.filter(pk=organization_id).exists():
        raise NotFound("organization")
    values = dict(fields)
    text = values.pop("guideline", "")
    whole = project_fields.complete(values, organization_id=organization_id)
    quality_fields.check_audit(values)
    audit.context("project_created", by=by)
    row = Project(
        organization_id=organization_id,
        fee_bps=settings.PLATFORM_FEE_BPS,
        **_columns(whole),
    )
    row.save(force_insert=True)
    _ask_for(row, whole)
    audit.record("project_created", row, by=by, price_minor=row.price_minor, overlap=row.overlap)
    if text:
        _publish(row, text, by)
    row.refresh_from_db()
    return row


@transaction.atomic
def update(*, project_id: uuid.UUID, fields: Mapping[str, Any], by: Actor) -> Project:
    """Change a draft; another `guideline` is a new version. Refuses `not_draft` once activated."""
    row = project_for_change(project_id, by)
    if row.state != ProjectState.DRAFT:
        raise Refused(
            "not_draft", "Only a draft can be changed: what was promised to annotators stays."
        )
    values = dict(fields)
    text = values.pop("guideline", "")
    together = project_fields.with_kept(values, row)
    project_fields.check(together, organization_id=row.organization_id)
    quality_fields.check_audit(values)
    if "interface" in values:
        _known_answers_fit(row, values["interface"])
    columns = _columns(values)
    audit.context("project_changed", by=by)
    for name, value in columns.items():
        setattr(row, name, value)
    if columns:
        row.save(update_fields=list(columns))
    _ask_for(row, values)
    _follow_overlap(row, values)
    if "newcomer_percent" in columns:
        outbox.enqueue("tasks.mark_starters", project_id=str(row.pk))
    audit.record("project_changed", row, by=by, fields=sorted(values))
    if text:
        _publish(row, text, by)
    return row


def _known_answers_fit(row: Project, interface: Mapping[str, Any]) -> None:
    faults = gold_marks.faults_of(row, Interface.load(interface))
    if faults:
        raise invalid("Known answers would not be allowed any more: retire them first.", faults)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = matching_fields.columns(values)
    return {("domain_id" if name == "domain" else name): value for name, value in columns.items()}


def _ask_for(row: Project, values: Mapping[str, Any]) -> None:
    if "qualifications" in values:
        row.qualifications.set(values["qualifications"])


def _follow_overlap(row: Project, values: Mapping[str, Any]) -> None:
    """Tasks uploaded to a draft need as many answers as the draft says; nobody has claimed one."""
    if "overlap" in values:
        gold = row.tasks.filter(state=TaskState.GOLD)
        gold.update(overlap=row.overlap)  # no slot of it is ever counted
        row.tasks.exclude(state=TaskState.GOLD).update(overlap=row.overlap, open_slots=row.overlap)


@transaction.atomic
def publish_guideline(*, project_id: uuid.UUID, text: str, by: Actor) -> Guideline:
    """A new version of the instructions: claims made from now on are bound to it."""
    row = project_for_change(project_id, by)
    if row.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "A closed project has no use for a new guideline.")
    return _publish(row, text, by)


def _publish(row: Project, text: str, by: Actor) -> Guideline:
    project_fields.check_guideline(text)
    guideline = Guideline.objects.create(project=row, version=row.guidelines.count() + 1, text=text)
    guideline.refresh_from_db()
    audit.record("guideline_published", row, by=by, version=guideline.version)
    if row.state != ProjectState.DRAFT:
        outbox.enqueue("tasks.refresh_fit", project_id=str(row.pk))
    return guideline


@transaction.atomic
def activate(*, project_id: uuid.UUID, by: Actor, confirm: bool = False) -> Project:
    """Hand out its tasks from now on, as far as its money reaches.

    Refuses (422) without a guideline, and whatever is no longer allowed in its fields. Unless
    `confirm` says that this is meant, it also refuses (409) what fewer experts than needed can do.
    """
    row = project_for_change(project_id, by)
    if row.state != ProjectState.DRAFT:
        raise Refused("wrong_state", f"A {row.state} project cannot be activated.")
    _check_ready(row)
    if not confirm:
        launch.require_enough(row)
    _start(row, by)
    return row


def _check_ready(row: Project) -> None:
    names = [
        name
        for name in (*project_fields.CHECKS, *quality_fields.CHECKS, "pay", "deadline")
        if name != "domain"
    ]
    project_fields.check(
        {"domain": row.domain_id, **{name: getattr(row, name) for name in names}},
        organization_id=row.organization_id,
    )
    if not row.guidelines.exists():
        raise invalid(
            "The project is not ready.", [Fault("/guideline", "There is no guideline yet.")]
        )


def _start(row: Project, by: Actor) -> None:
    audit.context("project_started", by=by)
    move(row, ProjectState.ACTIVE, PROJECT_MOVES, activated_at=row.activated_at or Now())
    row.refresh_from_db(fields=["activated_at"])
    audit.record("project_started", row, by=by)
    outbox.enqueue("tasks.refresh_project", project_id=str(row.pk))
    outbox.enqueue("tasks.refresh_fit", project_id=str(row.pk))


@transaction.atomic
def pause(*, project_id: uuid.UUID, by: Actor) -> Project:
    """Hand out no more tasks; claims that are open go on and are paid."""
    row = project_for_change(project_id, by)
    audit.context("project_paused", by=by)
    move(row, ProjectState.PAUSED, PROJECT_MOVES)
    audit.record("project_paused", row, by=by)
    return row


@transaction.atomic
def resume(*, project_id: uuid.UUID, by: Actor) -> Project:
    """Hand out tasks again. Refuses a project that is not paused."""
    row = project_for_change(project_id, by)
    if row.state != ProjectState.PAUSED:
        raise Refused("wrong_state", f"A {row.state} project cannot be resumed.")
    _start(row, by)
    return row


@transaction.atomic
def close(*, project_id: uuid.UUID, by: Actor) -> Project:
    """End it for good: open slots go, claims that are open may finish and are paid."""
    row = project_for_change(project_id, by)
    audit.context("project_closed", by=by)
    move(row, ProjectState.CLOSED, PROJECT_MOVES)
    audit.record("project_closed", row, by=by)
    outbox.enqueue("tasks.wind_up_project", project_id=str(row.pk))
    outbox.enqueue("tasks.wind_up_project", delay=STRAGGLERS, project_id=str(row.pk))
    return row


@transaction.atomic
def wind_up(*, project_id: uuid.UUID, by: Actor) -> int:
    """Take a closed project's open slots out of the queue; returns how many tasks that changed.

    A task with answers or claims needs no more than those; one without any is cancelled.
    """
    if not Project.objects.filter(pk=project_id, state=ProjectState.CLOSED).exists():
        return 0
    Candidate.objects.filter(project_id=project_id).delete()
    Fit.objects.filter(project_id=project_id).delete()
    free = (TaskState.OPEN, TaskState.ATTENTION)
    open_tasks = Task.objects.filter(project_id=project_id, state__in=free)
    begun = list(
        open_tasks.filter(open_slots__lt=F("overlap"))
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    cut = {"overlap": F("overlap") - F("open_slots"), "state": TaskState.FILLED}
    Task.objects.filter(pk__in=begun, state__in=free).update(**cut, **NO_SLOT)
    for pk in begun:
        outbox.enqueue("tasks.weigh_task", task_id=str(pk))
    untouched = open_tasks.filter(open_slots=F("overlap"))
    cancelled = untouched.update(state=TaskState.CANCELLED, **NO_SLOT)
    if begun or cancelled:
        audit.record(
            "project_wound_up", f"project:{project_id}", by=by, cut=len(begun), cancelled=cancelled
        )
    return len(begun) + cancelled
